// SPDX-License-Identifier: Apache-2.0
//! Messages written by hand, part by part, so that every part can be replaced by what does not belong there.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use canonical_xml::{Document, Limits};
use jiff::Timestamp;
use soap::Version;
use ws_security::{
    Received, SECURITY_NAMESPACE, Settings, UTILITY_NAMESPACE, WsSecurityError, WsSecurityFailure,
    verify,
};

use xml_testkit::{EXCLUSIVE, Key, Native, Template, sign};

/// The time of the tests: half a minute after messages are made.
pub(crate) fn now() -> Timestamp {
    "2026-01-31T12:00:30Z".parse().unwrap()
}

/// The type of a token of one certificate.
pub(crate) const X509_V3: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3";

/// What is in the body.
pub(crate) const CONTENT: &str = "<a:Transfer xmlns:a=\"urn:example:bank\"><a:Amount>10</a:Amount><a:To>Aino</a:To></a:Transfer>";

/// A SOAP message. The default has the shape that Apache WSS4J gives it: token, signature, timestamp.
pub(crate) struct Message {
    pub(crate) version: Version,
    /// The prefix of the envelope.
    pub(crate) prefix: &'static str,
    /// Attributes of the security header.
    pub(crate) attributes: String,
    pub(crate) token: String,
    pub(crate) signature: Template,
    pub(crate) timestamp: String,
    /// In which order token (0), signature (1) and timestamp (2) stand in the security header.
    pub(crate) order: [usize; 3],
    /// More of what stands in it.
    pub(crate) more: String,
    /// Header blocks before and after the security header.
    pub(crate) before: String,
    pub(crate) after: String,
    /// Attributes of the body.
    pub(crate) body_attributes: String,
    pub(crate) body: String,
}

impl Message {
    pub(crate) fn new(key: &Key) -> Self {
        let inclusive = |list| {
            format!(
                "<ds:Transform Algorithm=\"{EXCLUSIVE}\">\
                 <ec:InclusiveNamespaces xmlns:ec=\"{EXCLUSIVE}\" PrefixList=\"{list}\"/></ds:Transform>"
            )
        };
        let signature = Template {
            key_info: key_info(&direct("#X509-1")),
            ..Template::new(key)
        };
        Self {
            version: Version::V11,
            prefix: "soapenv",
            attributes: "soapenv:mustUnderstand=\"1\"".to_owned(),
            token: token("X509-1", &key.certificate),
            signature: signature
                .reference_with("#TS-1", &inclusive("wsse soapenv"))
                .reference_with("#id-1", &inclusive("")),
            timestamp: timestamp("2026-01-31T12:00:00.687Z", "2026-01-31T12:01:00.687Z"),
            order: [0, 1, 2],
            more: String::new(),
            before: String::new(),
            after: String::new(),
            body_attributes: "wsu:Id=\"id-1\"".to_owned(),
            body: CONTENT.to_owned(),
        }
    }

    /// The same with a signature over these Ids only.
    pub(crate) fn signing(key: &Key, uris: &[&str]) -> Self {
        let mut message = Self::new(key);
        let mut template = Template {
            key_info: message.signature.key_info,
            ..Template::new(key)
        };
        for uri in uris {
            template = template.reference(uri, &[EXCLUSIVE]);
        }
        message.signature = template;
        message
    }

    /// The security header.
    pub(crate) fn security(&self) -> String {
        let signature = self.signature.text();
        let parts = [&self.token, &signature, &self.timestamp];
        let parts: String = self
            .order
            .iter()
            .map(|&index| parts[index].as_str())
            .collect();
        format!(
            "<wsse:Security {}>{parts}{}</wsse:Security>",
            self.attributes, self.more
        )
    }

    /// The text, with digests and values still empty.
    pub(crate) fn text(&self) -> String {
        let (p, namespace) = (self.prefix, self.version.namespace());
        format!(
            "<{p}:Envelope xmlns:{p}=\"{namespace}\" xmlns:wsse=\"{SECURITY_NAMESPACE}\" \
             xmlns:wsu=\"{UTILITY_NAMESPACE}\"><{p}:Header>{}{}{}</{p}:Header>\
             <{p}:Body {}>{}</{p}:Body></{p}:Envelope>",
            self.before,
            self.security(),
            self.after,
            self.body_attributes,
            self.body
        )
    }

    pub(crate) fn signed(&self, key: &Key) -> String {
        sign(&self.text(), key)
    }
}

pub(crate) fn token(id: &str, certificate: &[u8]) -> String {
    token_of(id, &format!("ValueType=\"{X509_V3}\""), certificate)
}

/// A binary token with these attributes.
pub(crate) fn token_of(id: &str, attributes: &str, octets: &[u8]) -> String {
    format!(
        "<wsse:BinarySecurityToken {attributes} wsu:Id=\"{id}\">{}</wsse:BinarySecurityToken>",
        STANDARD.encode(octets)
    )
}

/// A `KeyInfo` whose token reference holds this.
pub(crate) fn key_info(reference: &str) -> String {
    format!(
        "<ds:KeyInfo Id=\"KI-1\"><wsse:SecurityTokenReference wsu:Id=\"STR-1\">{reference}\
         </wsse:SecurityTokenReference></ds:KeyInfo>"
    )
}

pub(crate) fn direct(uri: &str) -> String {
    format!("<wsse:Reference URI=\"{uri}\" ValueType=\"{X509_V3}\"/>")
}

pub(crate) fn timestamp(created: &str, expires: &str) -> String {
    timestamp_of(&format!(
        "<wsu:Created>{created}</wsu:Created><wsu:Expires>{expires}</wsu:Expires>"
    ))
}

pub(crate) fn timestamp_of(content: &str) -> String {
    format!("<wsu:Timestamp wsu:Id=\"TS-1\">{content}</wsu:Timestamp>")
}

/// Replaces exactly one occurrence.
pub(crate) fn replaced(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from}");
    text.replacen(from, to, 1)
}

/// What `see` sees of an accepted message, or why it is refused.
pub(crate) fn judged<T>(
    text: &str,
    settings: &Settings,
    backend: &mut Native,
    see: impl FnOnce(Received<'_, Vec<u8>>) -> T,
) -> Result<T, WsSecurityError> {
    let document = Document::parse(text.as_bytes(), &Limits::default()).unwrap();
    match verify(&document, settings, now(), backend) {
        Ok(received) => Ok(see(received)),
        Err(WsSecurityFailure::Refused(error)) => {
            println!("{error}");
            Err(error)
        }
        Err(WsSecurityFailure::Backend(never)) => match never {},
    }
}

/// The code of the refusal by default settings, or `accepted`.
pub(crate) fn code(text: &str, key: &Key) -> &'static str {
    code_by(text, key, &Settings::default())
}

pub(crate) fn code_by(text: &str, key: &Key, settings: &Settings) -> &'static str {
    code_of(text, settings, &mut Native::trusting(key))
}

pub(crate) fn code_of(text: &str, settings: &Settings, backend: &mut Native) -> &'static str {
    let judged = judged(text, settings, backend, |received| {
        let is_protected = received.protection.is_some();
        assert_eq!(received.body.is_signed(), is_protected);
        match is_protected {
            true => "accepted",
            false => "unsigned",
        }
    });
    judged.unwrap_or_else(|error| error.code())
}
