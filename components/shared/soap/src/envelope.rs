// SPDX-License-Identifier: Apache-2.0
//! Building messages.

use canonical_xml::{Element, Name, XML_NAMESPACE};

use crate::fault::Reason;
use crate::version::{StandardCode, Version};

const PREFIX: &str = "soapenv";

/// An envelope with these header blocks and body entries (SOAP 1.1 §4.1 to §4.3; SOAP 1.2 Part 1 §5.1 to §5.3), under
/// the prefix `soapenv`. Without header blocks there is no `Header`.
pub fn envelope<B>(
    version: Version,
    headers: Vec<Element<B>>,
    body: Vec<Element<B>>,
) -> Element<B> {
    let header = (!headers.is_empty()).then(|| element(version, "Header").with_children(headers));
    element(version, "Envelope")
        .with_children(header)
        .with_child(element(version, "Body").with_children(body))
}

/// A `Fault`, to be the only body entry (SOAP 1.1 §4.4; SOAP 1.2 Part 1 §5.4).
///
/// The language of the reason appears in SOAP 1.2 only, which demands one (Part 1 §5.4.2.1): without, it is said to be
/// undetermined, `und`. `detail` is left out when empty; SOAP 1.1 §4.4 wants one exactly when the body was at fault.
pub fn fault<B>(
    version: Version,
    code: StandardCode,
    reason: &Reason,
    detail: Vec<Element<B>>,
) -> Element<B> {
    let code = format!("{PREFIX}:{}", code.local(version));
    let parts = match version {
        Version::V11 => vec![
            // Children of a SOAP 1.1 fault are in no namespace (its schema, and the examples of §4.4).
            Element::new("", "faultcode").with_text(code),
            Element::new("", "faultstring").with_text(&reason.text),
        ],
        Version::V12 => vec![
            element(version, "Code").with_child(element(version, "Value").with_text(code)),
            element(version, "Reason").with_child(reason_text(reason)),
        ],
    };
    let wrapper = match version {
        Version::V11 => Element::new("", "detail"),
        Version::V12 => element(version, "Detail"),
    };
    element(version, "Fault")
        .with_children(parts)
        .with_children((!detail.is_empty()).then(|| wrapper.with_children(detail)))
}

/// The header block that goes with a fault `VersionMismatch`: the envelopes that are accepted, the preferred one first (SOAP 1.2 Part 1
/// §5.4.7). It goes into an envelope of either version (Part 1 appendix A).
pub fn upgrade<B>() -> Element<B> {
    let supported = [Version::V12, Version::V11].map(|version| {
        let prefix = match version {
            Version::V11 => "soap11",
            Version::V12 => "soap12",
        };
        block("SupportedEnvelope")
            .with_declaration(prefix, version.namespace())
            .with_attribute("qname", format!("{prefix}:Envelope"))
    });
    block("Upgrade").with_children(supported)
}

/// The header block that goes with a SOAP 1.2 fault `MustUnderstand`: one for each block, named by namespace and local name, that was not
/// understood (Part 1 §5.4.8). A name in no namespace, or in one that is no absolute URI, cannot be written.
pub fn not_understood<B>(namespace: &str, local: &str) -> Element<B> {
    block("NotUnderstood")
        .with_declaration("block", namespace)
        .with_attribute("qname", format!("block:{local}"))
}

/// A header block of SOAP 1.2 itself.
fn block<B>(local: &'static str) -> Element<B> {
    Element::new(Version::V12.namespace(), local).with_prefix("env")
}

fn reason_text<B>(reason: &Reason) -> Element<B> {
    let language = reason.language.as_deref().unwrap_or("und");
    element(Version::V12, "Text")
        .with_qualified_attribute(
            Name::new(XML_NAMESPACE, "lang").with_prefix("xml"),
            language.to_owned(),
        )
        .with_text(&reason.text)
}

fn element<B>(version: Version, local: &'static str) -> Element<B> {
    Element::new(version.namespace(), local).with_prefix(PREFIX)
}

#[cfg(test)]
mod tests {
    use canonical_xml::{NoBlob, to_bytes};

    use super::*;

    fn text(element: &Element<NoBlob>) -> String {
        String::from_utf8(to_bytes(element).unwrap()).unwrap()
    }

    #[test]
    fn header_is_there_only_with_blocks() {
        let body = || vec![Element::new("urn:a", "Ping")];
        assert_eq!(
            text(&envelope(Version::V11, Vec::new(), body())),
            "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"><soapenv:Body>\
             <Ping xmlns=\"urn:a\"></Ping></soapenv:Body></soapenv:Envelope>"
        );
        let header = vec![Element::new("urn:h", "Token")];
        assert_eq!(
            text(&envelope(Version::V12, header, Vec::new())),
            "<soapenv:Envelope xmlns:soapenv=\"http://www.w3.org/2003/05/soap-envelope\"><soapenv:Header>\
             <Token xmlns=\"urn:h\"></Token></soapenv:Header><soapenv:Body></soapenv:Body></soapenv:Envelope>"
        );
    }

    #[test]
    fn blocks_beside_faults_name_what_is_meant() {
        assert_eq!(
            text(&upgrade()),
            "<env:Upgrade xmlns:env=\"http://www.w3.org/2003/05/soap-envelope\">\
             <env:SupportedEnvelope xmlns:soap12=\"http://www.w3.org/2003/05/soap-envelope\" qname=\"soap12:Envelope\">\
             </env:SupportedEnvelope>\
             <env:SupportedEnvelope xmlns:soap11=\"http://schemas.xmlsoap.org/soap/envelope/\" qname=\"soap11:Envelope\">\
             </env:SupportedEnvelope></env:Upgrade>"
        );
        assert_eq!(
            text(&not_understood("urn:a", "Token")),
            "<env:NotUnderstood xmlns:block=\"urn:a\" xmlns:env=\"http://www.w3.org/2003/05/soap-envelope\" \
             qname=\"block:Token\"></env:NotUnderstood>"
        );
        assert!(to_bytes::<NoBlob>(&not_understood("", "Token")).is_err());
        assert!(to_bytes::<NoBlob>(&not_understood("not-absolute", "Token")).is_err());
    }

    #[test]
    fn faults_of_both_versions() {
        let reason = Reason::new("en", "down for maintenance");
        let detail = || vec![Element::new("urn:a", "code").with_text("999")];
        assert_eq!(
            text(&fault(
                Version::V11,
                StandardCode::Receiver,
                &reason,
                detail()
            )),
            "<soapenv:Fault xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\">\
             <faultcode>soapenv:Server</faultcode><faultstring>down for maintenance</faultstring>\
             <detail><code xmlns=\"urn:a\">999</code></detail></soapenv:Fault>"
        );
        assert_eq!(
            text(&fault(
                Version::V12,
                StandardCode::Sender,
                &reason,
                Vec::new()
            )),
            "<soapenv:Fault xmlns:soapenv=\"http://www.w3.org/2003/05/soap-envelope\"><soapenv:Code>\
             <soapenv:Value>soapenv:Sender</soapenv:Value></soapenv:Code><soapenv:Reason>\
             <soapenv:Text xml:lang=\"en\">down for maintenance</soapenv:Text></soapenv:Reason></soapenv:Fault>"
        );
    }
}
