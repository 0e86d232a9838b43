// SPDX-License-Identifier: Apache-2.0
//! `silta xml sign`: a signature in a document that somebody else wrote.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use silta::{
    AnchorSet, Blob, Keyring, RoleKey, SignatureAlgorithm, TrustStore, keys::KeyError,
    observe::hexadecimal, time::FixedClock,
};

use super::{
    Inspection, LARGEST_DOCUMENT, inspect,
    report::{self, Report},
    verify::parse_time,
    with_given,
};
use crate::{
    commands::Completion,
    failure::Failure,
    files::{self, Output},
    output::{facts, pretty_json, printable, say},
};

/// Arguments of `silta xml sign`.
#[derive(Debug, Args)]
pub(super) struct SignArguments {
    /// The document, in UTF-8.
    file: PathBuf,
    /// The private key that signs: PEM (PKCS#8, PKCS#1 or SEC 1, unencrypted) or DER. RSA of 2048 bits and more, P-256 or P-384.
    #[arg(long, value_name = "PEM")]
    key: PathBuf,
    /// The certificate of the key, and those of its issuers if they are to go along: PEM, or one in DER.
    #[arg(long, value_name = "PEM")]
    cert: PathBuf,
    /// Where the signature stands, and what it signs.
    #[arg(long, value_enum, default_value_t)]
    form: Form,
    /// Sign the element with this Id.
    #[arg(long, value_name = "VALUE", conflicts_with = "path")]
    id: Option<String>,
    /// Sign the element at this path, such as `/Order/Items`. It has to have an Id, by which the signature names it.
    #[arg(long, value_name = "PATH")]
    path: Option<String>,
    /// Signature algorithm; digests are of its length. Default: the one with SHA-256 of an RSA or P-256 key, with SHA-384 of a P-384 key.
    /// SHA-1 is never signed with.
    #[arg(long, value_name = "NAME", value_parser = parse_algorithm)]
    algorithm: Option<SignatureAlgorithm>,
    /// Canonicalisation of what is signed: `exclusive`, `inclusive`, `inclusive-1.1`, or an identifier as of `silta xml c14n`. `SignedInfo` is in
    /// the exclusive form in any case.
    #[arg(long, value_name = "NAME", default_value = "exclusive")]
    c14n: String,
    /// How long a message with WS-Security counts.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    lifetime: u32,
    /// Sign as of this time, such as `2026-01-31T12:00:00Z`, rather than now: it is in the timestamp of WS-Security.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    at: Option<SystemTime>,
    /// Where to write the signed document. An existing file is replaced once the new one is whole; `-` is standard output, and what is shown
    /// goes to standard error then.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Show the result as JSON.
    #[arg(long)]
    json: bool,
}

/// Where the signature stands, and what it signs.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Form {
    /// Last in the root, of the whole document; with --id or --path last in that element, and of it
    #[default]
    Enveloped,
    /// Last in the root, of the element that --id or --path names
    ById,
    /// In a WS-Security header of a SOAP message: timestamp, certificate and body
    WsSecurity,
}

impl Form {
    fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// What goes into the report beside what the inspector says.
struct Signed<'a> {
    arguments: &'a SignArguments,
    document: &'a Blob,
    warnings: Vec<String>,
}

impl SignArguments {
    pub(super) fn json(&self) -> bool {
        self.json
    }
}

/// Signs, writes the signed document, shows the rest.
pub(super) fn run(arguments: &SignArguments) -> Result<Completion, Failure> {
    let document = files::read_blob(&arguments.file, LARGEST_DOCUMENT)?;
    let certificates = files::read_blob(&arguments.cert, LARGEST_PEM)?.to_vec();
    let key = key(arguments, &certificates)?;
    let mut warnings = Vec::new();
    let now = arguments.at.unwrap_or_else(SystemTime::now);
    if let Err(error) = key.check_validity(now) {
        warnings.push(format!("{error}. It signs all the same"));
    }
    // The verifier that looks at the result trusts the signer, whatever its dates, and none of its issuers.
    let own = key.chain().certificates().first();
    let signer = AnchorSet::new().with_pins_pem(own.map_or(&[][..], AsRef::as_ref));
    let signer = signer.map_err(|error| unusable(&arguments.cert, &error.to_string()))?;
    let inspection = Inspection {
        settings: settings(arguments),
        trust: TrustStore::new().with("signers", signer),
        keyring: Keyring::new().with("signer", key.with_signatures_outside_validity()),
        clock: arguments.at.map(FixedClock),
        file: &arguments.file,
        document,
    };
    let outcome = inspect("sign", inspection)?;
    let report = Report::of(&outcome)?;
    let Some(document) = outcome.documents.first() else {
        let message = "the inspector handed out no document; this is a defect of the program";
        return Err(Failure::internal("report.missing", message));
    };
    let output = Output::prepare(&arguments.out, &document.content)?;
    warnings.extend(report.earlier_signatures().map(str::to_owned));
    let signed = Signed {
        arguments,
        document: &document.content,
        warnings,
    };
    let told = match arguments.json {
        true => pretty_json(&signed.to_json(report.into_json()))?,
        false => printable(&signed.to_text(&report.into_json())),
    };
    output.finish_told(&told)?;
    if !arguments.json {
        for warning in &signed.warnings {
            say(&format!("silta: warning: {warning}\n"));
        }
    }
    Ok(Completion::Done)
}

/// A key, or a chain of certificates, has a few kilobytes.
const LARGEST_PEM: u64 = 1 << 20;

fn key(arguments: &SignArguments, certificates: &[u8]) -> Result<RoleKey, Failure> {
    let private = files::read_blob(&arguments.key, LARGEST_PEM)?.to_vec();
    let key = RoleKey::from_pem(&private, certificates).map_err(|error| {
        let file = match error {
            KeyError::CertificateFile(_) | KeyError::UnreadableCertificate(_) => &arguments.cert,
            _ => &arguments.key,
        };
        unusable(file, &error.to_string())
    })?;
    match arguments.algorithm {
        None => Ok(key),
        Some(algorithm) => key
            .with_algorithms(&[algorithm])
            .map_err(|error| Failure::command_line(&format!("--algorithm: {error}"))),
    }
}

fn unusable(file: &Path, why: &str) -> Failure {
    let message = format!("{}: {why}", file.display());
    Failure::file("key.unusable", file, &message)
}

fn settings(arguments: &SignArguments) -> Value {
    let name = arguments.c14n.as_str();
    let mut known = CANONICALIZATIONS.iter();
    let known = known.find(|(short, _)| *short == name);
    let sign = json!({
        "form": arguments.form.name(),
        "canonicalization": known.map_or(name, |(_, uri)| uri),
        "lifetime": arguments.lifetime,
    });
    let sign = with_given(sign, [("id", &arguments.id), ("path", &arguments.path)]);
    json!({ "sign": sign })
}

/// Short names, and the identifiers that they stand for.
const CANONICALIZATIONS: [(&str, &str); 3] = [
    ("exclusive", "http://www.w3.org/2001/10/xml-exc-c14n#"),
    (
        "inclusive",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    ),
    ("inclusive-1.1", "http://www.w3.org/2006/12/xml-c14n11"),
];

fn parse_algorithm(name: &str) -> Result<SignatureAlgorithm, String> {
    serde_json::from_value(json!(name)).map_err(|_| {
        let refusal = match name.to_ascii_lowercase().contains("sha1") {
            true => "nothing is signed with SHA-1, for which collisions can be made",
            false => "this algorithm is not known",
        };
        format!(
            "{refusal}; known are rsa-sha256, rsa-sha384, rsa-sha512, rsa-pss-sha256, rsa-pss-sha384, rsa-pss-sha512, ecdsa-p256-sha256 and ecdsa-p384-sha384"
        )
    })
}

impl Signed<'_> {
    fn to_json(&self, mut report: Value) -> Value {
        if let Some(report) = report.as_object_mut() {
            let out = json!({
                "file": self.arguments.out.display().to_string(),
                "size": self.document.size(),
                "sha256": hexadecimal(&self.document.sha256()),
            });
            report.insert("form".to_owned(), json!(self.arguments.form.name()));
            report.insert("out".to_owned(), out);
            report.insert("warnings".to_owned(), json!(self.warnings));
        }
        report
    }

    fn to_text(&self, report: &Value) -> String {
        let string = |pointer: &str| report.pointer(pointer).map(report::plain);
        let string = |pointer: &str| string(pointer).unwrap_or_default();
        let arguments = self.arguments;
        let mut lines = vec![
            ("document", arguments.file.display().to_string()),
            ("form", arguments.form.name()),
            ("signature", string("/signature/path")),
            ("algorithm", string("/signature/algorithm")),
            ("signer", string("/signer/subject")),
            ("fingerprint", string("/signer/fingerprint")),
        ];
        if report.pointer("/lifetime").is_some() {
            lines.push(("created", string("/lifetime/0")));
            lines.push(("expires", string("/lifetime/1")));
        }
        lines.push(("signed document", arguments.out.display().to_string()));
        lines.push(("size", format!("{} bytes", self.document.size())));
        lines.push(("SHA-256", hexadecimal(&self.document.sha256())));
        format!("{}{}", facts(&lines), report::covered(report, "Covered"))
    }
}
