// SPDX-License-Identifier: Apache-2.0
//! Signatures of calls, made by hand in the shape of the policy that is published: a token, a signature over timestamp and body, the timestamp.

use std::sync::OnceLock;

use serde::Deserialize;
use xml_testkit::{Authority, EXCLUSIVE, Key, Template, pem, sign};

use super::{super::case::Case, Extra};

const SECURITY: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
const UTILITY: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
const X509_V3: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3";
const BASE64: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary";

/// How a call is signed.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Signing {
    /// By whom: `suomifi`, `qat`, `impostor` or `pinned`.
    by: String,
    created: String,
    expires: String,
    /// With SHA-1, as the published policy has it.
    sha1: bool,
    /// What is signed, of `TS-1` and `id-1`.
    signs: Vec<String>,
    /// Leaves the timestamp out.
    without_timestamp: bool,
    /// What of the signed call is replaced by what, wherever it stands.
    change: Option<(String, String)>,
    /// Moves the signed body into a header block, with this change of the one in its place.
    moved: Option<(String, String)>,
}

impl Default for Signing {
    fn default() -> Self {
        Self {
            by: "suomifi".into(),
            created: "2026-07-01T00:00:00.123Z".into(),
            expires: "2026-07-01T00:01:00.123Z".into(),
            sha1: false,
            signs: vec!["TS-1".into(), "id-1".into()],
            without_timestamp: false,
            change: None,
            moved: None,
        }
    }
}

/// Who signs, each by a certificate. `pinned` has a key of its own; the others have one key, so that nothing but the certificate tells them apart.
pub(super) struct Signers {
    /// Who has certified `suomifi` and `qat`.
    pub(super) authority: Authority,
    /// The certificate of `pinned`, which is expired and self-signed.
    pub(super) pinned: Vec<u8>,
    impostor: Vec<u8>,
    suomifi: Vec<u8>,
    qat: Vec<u8>,
}

pub(super) fn signers() -> &'static Signers {
    static SIGNERS: OnceLock<Signers> = OnceLock::new();
    SIGNERS.get_or_init(|| {
        let authority = Authority::new("Signers");
        let production = "pr0.integraatiopalvelu.fi";
        let certify = |name| authority.certify(Key::rsa(), name, |_| {});
        Signers {
            suomifi: certify(production),
            qat: certify("qat.integraatiopalvelu.fi"),
            impostor: Authority::new("Others").certify(Key::rsa(), production, |_| {}),
            pinned: Key::other_rsa().certificate.clone(),
            authority,
        }
    })
}

impl Signers {
    fn certificate(&self, name: &str) -> &[u8] {
        match name {
            "suomifi" => &self.suomifi,
            "qat" => &self.qat,
            "impostor" => &self.impostor,
            "pinned" => &self.pinned,
            other => panic!("nobody is called {other}"),
        }
    }
}

fn key(name: &str) -> &'static Key {
    match name {
        "pinned" => Key::other_rsa(),
        _ => Key::rsa(),
    }
}

/// The call of a case as it is sent.
pub(super) fn prepared(case: &Case<Extra>, body: Option<&[u8]>) -> Option<Vec<u8>> {
    match (&case.extra.signed, body) {
        (Some(signing), Some(body)) => Some(signed(signing, body)),
        _ => body.map(<[u8]>::to_vec),
    }
}

/// Signs a call, which is written with the prefix `soapenv`.
pub(super) fn signed(signing: &Signing, call: &[u8]) -> Vec<u8> {
    let call = str::from_utf8(call).unwrap();
    let security = security(signing);
    let with_header = match call.contains("<soapenv:Header>") {
        true => call.replacen(
            "<soapenv:Header>",
            &format!("<soapenv:Header>{security}"),
            1,
        ),
        false => call.replacen(
            "<soapenv:Body",
            &format!("<soapenv:Header>{security}</soapenv:Header><soapenv:Body"),
            1,
        ),
    };
    let id = format!("<soapenv:Body xmlns:wsu=\"{UTILITY}\" wsu:Id=\"id-1\"");
    let with_id = with_header.replacen("<soapenv:Body", &id, 1);
    assert!(
        with_id.len() > call.len() + security.len(),
        "not an envelope"
    );
    let mut signed = sign(&with_id, key(&signing.by));
    if let Some((from, to)) = &signing.moved {
        signed = moved(&signed, from, to);
    }
    if let Some((from, to)) = &signing.change {
        assert!(signed.contains(from.as_str()), "no {from}");
        signed = signed.replace(from.as_str(), to);
    }
    signed.into_bytes()
}

fn security(signing: &Signing) -> String {
    let certificate = pem("", signers().certificate(&signing.by));
    let certificate: String = certificate
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    let mut template = Template {
        key_info: format!(
            "<ds:KeyInfo><wsse:SecurityTokenReference><wsse:Reference URI=\"#X509-1\" ValueType=\"{X509_V3}\"/></wsse:SecurityTokenReference></ds:KeyInfo>"
        ),
        ..Template::new(key(&signing.by))
    };
    for id in &signing.signs {
        template = template.reference(&format!("#{id}"), &[EXCLUSIVE]);
    }
    if signing.sha1 {
        let names = "http://www.w3.org/2000/09/xmldsig#";
        template.algorithm = format!("{names}rsa-sha1");
        let sha256 = "http://www.w3.org/2001/04/xmlenc#sha256";
        assert!(template.references.contains(sha256));
        template.references = template.references.replace(sha256, &format!("{names}sha1"));
    }
    let timestamp = match signing.without_timestamp {
        true => String::new(),
        false => format!(
            "<wsu:Timestamp wsu:Id=\"TS-1\"><wsu:Created>{}</wsu:Created><wsu:Expires>{}</wsu:Expires></wsu:Timestamp>",
            signing.created, signing.expires
        ),
    };
    format!(
        "<wsse:Security xmlns:wsse=\"{SECURITY}\" xmlns:wsu=\"{UTILITY}\" soapenv:mustUnderstand=\"1\">\
         <wsse:BinarySecurityToken EncodingType=\"{BASE64}\" ValueType=\"{X509_V3}\" wsu:Id=\"X509-1\">{certificate}</wsse:BinarySecurityToken>{}{timestamp}</wsse:Security>",
        template.text()
    )
}

/// The signed body in a header block, and another in its place: what was signed is in the message, and is not what would be processed.
fn moved(signed: &str, from: &str, to: &str) -> String {
    let start = signed.find("<soapenv:Body").unwrap();
    let end = signed.find("</soapenv:Body>").unwrap() + "</soapenv:Body>".len();
    let body = &signed[start..end];
    assert!(body.contains(from), "no {from}");
    let other = body.replace(from, to).replace(" wsu:Id=\"id-1\"", "");
    let kept = format!("<a:Kept xmlns:a=\"urn:example:kept\">{body}</a:Kept></soapenv:Header>");
    let (before, after) = (&signed[..start], &signed[end..]);
    format!(
        "{}{other}{after}",
        before.replace("</soapenv:Header>", &kept)
    )
}
