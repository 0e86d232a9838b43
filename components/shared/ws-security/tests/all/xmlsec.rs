// SPDX-License-Identifier: Apache-2.0
//! Against libxmlsec1, when its `xmlsec1` and `openssl` are there.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use soap::Version;
use tempfile::TempDir;
use ws_security::{Settings, UTILITY_NAMESPACE};
use xml_signature::SignatureAlgorithm;

use crate::message::{Message, code_of, token};
use crate::signing::{outgoing, signed, signing};
use xml_testkit::{Key, Kind, Native, tools};

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs `xmlsec1` on a message, with the Ids that it has to be told of.
    fn xmlsec1(&self, version: Version, arguments: &[&str], text: &str) -> Output {
        fs::write(self.path("message.xml"), text).unwrap();
        let mut command = Command::new("xmlsec1");
        command.current_dir(self.0.path()).args(arguments);
        for (namespace, local) in [
            (version.namespace(), "Body"),
            (UTILITY_NAMESPACE, "Timestamp"),
        ] {
            command.args(["--id-attr:Id", &format!("{namespace}:{local}")]);
        }
        let output = command.arg("message.xml").output().unwrap();
        println!("{}", String::from_utf8_lossy(&output.stderr));
        output
    }
}

#[test]
fn xmlsec1_accepts_what_we_sign() {
    if !tools::are_installed(&["xmlsec1"]) {
        return;
    }
    let folder = Folder::new();
    for key in [Key::rsa(), Key::p256(), &Key::generate(Kind::P384)] {
        fs::write(folder.path("certificate.der"), &key.certificate).unwrap();
        for version in [Version::V11, Version::V12] {
            let text = signed(outgoing(version), signing(key), key);
            let arguments = ["--verify", "--pubkey-cert-der", "certificate.der"];
            let output = folder.xmlsec1(version, &arguments, &text);
            assert!(output.status.success(), "{:?} {version:?}", key.kind);
            for (from, to) in [("a &lt; b", "a &lt; c"), ("12:01:30.000Z", "12:01:31.000Z")] {
                let changed = text.replacen(from, to, 1);
                assert_ne!(changed, text);
                let output = folder.xmlsec1(version, &arguments, &changed);
                assert!(!output.status.success(), "{:?} {version:?}", key.kind);
            }
        }
    }
}

#[test]
fn we_accept_what_xmlsec1_signs() {
    if !tools::are_installed(&["xmlsec1", "openssl"]) {
        return;
    }
    let folder = Folder::new();
    tools::output(
        folder.0.path(),
        "openssl req -x509 -nodes -days 2 -subj /CN=throwaway -newkey rsa:2048 \
         -keyout key.pem -out certificate.der -outform DER",
    );
    let certificate = fs::read(folder.path("certificate.der")).unwrap();
    let template = Key::rsa();
    let sha1 = [
        (
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        ),
        (
            "http://www.w3.org/2001/04/xmlenc#sha256",
            "http://www.w3.org/2000/09/xmldsig#sha1",
        ),
    ];
    for (version, is_sha1) in [
        (Version::V11, false),
        (Version::V12, false),
        (Version::V11, true),
    ] {
        assert_eq!(template.usual_algorithm(), SignatureAlgorithm::RsaSha256);
        let message = Message {
            version,
            token: token("X509-1", &certificate),
            ..Message::new(template)
        };
        let mut text = message.text();
        for (from, to) in sha1.iter().filter(|_| is_sha1) {
            text = text.replace(from, to);
        }
        let output = folder.xmlsec1(version, &["--sign", "--privkey-pem", "key.pem"], &text);
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        let settings = Settings {
            allow_sha1: is_sha1,
            ..Settings::default()
        };
        let mut backend = Native {
            trusted: vec![certificate.clone()],
            ..Native::default()
        };
        assert_eq!(
            code_of(&text, &settings, &mut backend),
            "accepted",
            "{version:?}"
        );
        let changed = text.replacen("<a:Amount>10<", "<a:Amount>11<", 1);
        assert_eq!(
            code_of(&changed, &settings, &mut backend),
            "signature.digest-mismatch"
        );
    }
}
