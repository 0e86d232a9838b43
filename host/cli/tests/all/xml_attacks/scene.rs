// SPDX-License-Identifier: Apache-2.0
//! Senders with certificates, and readers who run the program.

use std::{fs, path::PathBuf, process::Command};

use canonical_xml::{Document, Limits};
use rcgen::CertificateParams;
use serde_json::Value;
use tempfile::TempDir;
use xml_signature::{
    DigestAlgorithm, DocumentSigning, Place, SignatureAlgorithm, Target, prepare_document,
};
use xml_testkit::{Authority, Key, Kind, form_digest, pem};

/// When the documents are judged unless a test says otherwise. Certificates are valid from 2025 to 2027.
pub(crate) const NOW: &str = "2026-02-01T12:00:00Z";

/// Has a key and a certificate, and signs with them.
pub(crate) struct Sender {
    key: Key,
    /// What goes along with a signature; the first is the sender's.
    pub(crate) certificates: Vec<Vec<u8>>,
}

impl Sender {
    /// One with a certificate of an authority.
    pub(crate) fn new(name: &str, authority: &Authority) -> Self {
        Self::with(name, authority, |_| ())
    }

    /// One whose certificate is somehow special.
    pub(crate) fn with(
        name: &str,
        authority: &Authority,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Self {
        let key = Key::generate(Kind::P256);
        let certificates = vec![authority.certify(&key, name, change)];
        Self { key, certificates }
    }

    /// An order, signed as a whole.
    pub(crate) fn order(&self, note: &str) -> String {
        let text = format!("<Order><Note>{note}</Note></Order>");
        self.sign(&text, |document| DocumentSigning::new(document, ALGORITHM))
    }

    /// An order whose note only is signed, by its Id, with the signature behind it.
    pub(crate) fn note(&self, note: &str) -> String {
        let text = format!("<Order><Note Id=\"note\">{note}</Note></Order>");
        self.sign(&text, |document| {
            let note = document.find(&"/Order/Note".parse().unwrap())[0];
            DocumentSigning {
                targets: vec![Target::element(note, DigestAlgorithm::Sha256)],
                place: Place::After(note),
                ..DocumentSigning::new(document, ALGORITHM)
            }
        })
    }

    fn sign(
        &self,
        text: &str,
        how: impl for<'d> FnOnce(&'d Document<'d>) -> DocumentSigning<'d>,
    ) -> String {
        let document = Document::parse(text.as_bytes(), &Limits::default()).unwrap();
        let signing = DocumentSigning {
            certificates: self.certificates.clone(),
            ..how(&document)
        };
        let prepared = prepare_document(signing, form_digest).unwrap();
        let value = self.key.sign(ALGORITHM, prepared.signed_info());
        let insertion = prepared.complete(&value).unwrap();
        String::from_utf8(insertion.apply(text.as_bytes()).unwrap()).unwrap()
    }
}

const ALGORITHM: SignatureAlgorithm = SignatureAlgorithm::EcdsaSha256;

/// Runs the program in a folder of its own.
pub(crate) struct Reader {
    folder: TempDir,
    trust: String,
}

/// What the program said of a document.
pub(crate) struct Verdict {
    pub(crate) exit: i32,
    pub(crate) report: Value,
}

impl Reader {
    /// One that trusts what leads to an authority.
    pub(crate) fn trusting(authority: &Authority) -> Self {
        Self::with("--anchors trusted.pem", &authority.certificate)
    }

    /// One that trusts a certificate.
    pub(crate) fn pinning(certificate: &[u8]) -> Self {
        Self::with("--cert trusted.pem", certificate)
    }

    fn with(trust: &str, certificate: &[u8]) -> Self {
        let reader = Self {
            folder: tempfile::tempdir().unwrap(),
            trust: trust.to_owned(),
        };
        let trusted = pem("CERTIFICATE", certificate);
        fs::write(reader.path("trusted.pem"), trusted).unwrap();
        reader
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What becomes of a document; the arguments are split at blanks.
    pub(crate) fn verify(&self, document: &[u8], arguments: &str) -> Verdict {
        fs::write(self.path("document.xml"), document).unwrap();
        let arguments = format!("xml verify document.xml {} --json {arguments}", self.trust);
        let mut command = Command::new(env!("CARGO_BIN_EXE_silta"));
        command.args(arguments.split_whitespace());
        let output = command.current_dir(self.folder.path()).output().unwrap();
        let (out, error) = (
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8_lossy(&output.stderr),
        );
        let report = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{arguments}: {error}"));
        Verdict {
            exit: output.status.code().unwrap(),
            report,
        }
    }

    /// The code of it as of [`NOW`]. Exit code, verdict and signer have to fit.
    #[track_caller]
    pub(crate) fn code(&self, document: &str, arguments: &str) -> String {
        let Verdict { exit, report } =
            self.verify(document.as_bytes(), &format!("--at {NOW} {arguments}"));
        let is_valid = report["valid"].as_bool().unwrap();
        assert_eq!(exit, if is_valid { 0 } else { 3 }, "{report}");
        assert_eq!(report["code"] == "signature.valid", is_valid, "{report}");
        for told_of_valid_ones in ["signer", "signature", "covered"] {
            assert_eq!(
                report.get(told_of_valid_ones).is_some(),
                is_valid,
                "{report}"
            );
        }
        report["code"].as_str().unwrap().to_owned()
    }
}

/// A text with one part replaced, which occurs in it exactly once.
pub(crate) fn replaced(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from}");
    text.replacen(from, to, 1)
}
