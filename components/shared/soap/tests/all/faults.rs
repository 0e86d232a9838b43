// SPDX-License-Identifier: Apache-2.0
//! Faults as they arrive, tidy and otherwise.

use canonical_xml::{Document, Element, Limits, NoBlob, to_bytes};
use soap::{Content, Envelope, Fault, FaultCode, Reason, StandardCode, Version, envelope, fault};

fn opened(document: &[u8]) -> Fault {
    let document = Document::parse(document, &Limits::default()).unwrap();
    let content = Envelope::of(&document).unwrap().content().unwrap();
    match content {
        Content::Fault(fault) => fault,
        Content::Entries(_) => panic!("a fault was expected"),
    }
}

/// A SOAP 1.1 fault under the prefix `e`.
fn v11(inside: &str) -> Fault {
    let namespace = Version::V11.namespace();
    opened(
        format!("<e:Envelope xmlns:e='{namespace}'><e:Body><e:Fault>{inside}</e:Fault></e:Body></e:Envelope>").as_bytes(),
    )
}

/// A SOAP 1.2 fault in the default namespace.
fn v12(inside: &str) -> Fault {
    let namespace = Version::V12.namespace();
    opened(
        format!("<Envelope xmlns='{namespace}'><Body><Fault xmlns:s='{namespace}'>{inside}</Fault></Body></Envelope>")
            .as_bytes(),
    )
}

fn code(namespace: Option<&str>, local: &str) -> Option<FaultCode> {
    Some(FaultCode {
        namespace: namespace.map(str::to_owned),
        local: local.to_owned(),
    })
}

#[test]
fn a_customs_like_fault() {
    let fault = v11(
        "<faultcode>e:Server</faultcode><faultstring> Unexpected error\n</faultstring><faultactor>urn:dme</faultactor>\
         <detail>\n<d:Fault xmlns:d='urn:d'><d:code> 999 </d:code><d:text>Backend technical error</d:text></d:Fault></detail>",
    );
    assert_eq!(fault.version, Version::V11);
    assert_eq!(fault.code, code(Some(Version::V11.namespace()), "Server"));
    assert_eq!(fault.reason(&["fi"]), Some("Unexpected error"));
    assert_eq!(fault.actor.as_deref(), Some("urn:dme"));
    let names: Vec<_> = fault.detail.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Fault", "code", "text"]);
    assert_eq!(fault.detail_value("code").as_deref(), Some("999"));
    assert_eq!(
        fault.detail_value("text").as_deref(),
        Some("Backend technical error")
    );
    assert_eq!(fault.detail_value("missing"), None);
}

#[test]
fn detail_values_are_found_at_the_top_and_the_first_one_wins() {
    let fault = v11("<detail><code>1</code><x><code>2</code></x></detail>");
    assert_eq!(fault.detail_value("code").as_deref(), Some("1"));
    let fault = v11("<detail><x><code>2</code></x><code>1</code></detail>");
    assert_eq!(fault.detail_value("code").as_deref(), Some("2"));
}

#[test]
fn qualified_children_of_a_1_1_fault_are_read_too() {
    let fault = v11(
        "<e:faultcode>e:Client</e:faultcode><e:faultstring>no</e:faultstring><e:detail><code>7</code></e:detail>",
    );
    assert_eq!(fault.code, code(Some(Version::V11.namespace()), "Client"));
    assert_eq!(fault.reason(&[]), Some("no"));
    assert_eq!(fault.detail_value("code").as_deref(), Some("7"));
}

#[test]
fn what_a_fault_leaves_out_is_none() {
    for fault in [
        v11(""),
        v12(""),
        v11("<detail/>"),
        v12("<Code/><Reason/><Detail/>"),
    ] {
        assert_eq!(fault.code, None);
        assert!(fault.subcodes.is_empty() && fault.reasons.is_empty() && fault.detail.is_empty());
        assert_eq!(
            (
                fault.reason(&["en"]),
                fault.actor.as_deref(),
                fault.detail_value("code")
            ),
            (None, None, None)
        );
    }
}

#[test]
fn codes_that_are_no_qualified_names_survive_as_they_are() {
    let of = |text: &str| v11(&format!("<faultcode>{text}</faultcode>")).code;
    assert_eq!(of("999"), code(None, "999"));
    assert_eq!(of(" unbound:Server "), code(None, "unbound:Server"));
    assert_eq!(of("Server"), code(Some(""), "Server"));
    assert_eq!(
        of("e:Client.Authentication"),
        code(Some(Version::V11.namespace()), "Client.Authentication")
    );
    assert_eq!(of(""), code(None, ""));
}

#[test]
fn a_1_2_fault_with_subcodes_and_languages() {
    let fault = v12(
        "<Code><Value>s:Sender</Value><Subcode><Value xmlns:m='urn:m'>m:Quota</Value><Subcode>\
         <Value xmlns:m='urn:m'>m:Daily</Value></Subcode></Subcode></Code>\
         <Reason><Text xml:lang='en-GB'>too much</Text><Text xml:lang='fi'>liikaa</Text></Reason>\
         <Role>urn:role</Role><Detail><x xmlns=''><code>450</code></x></Detail>",
    );
    assert_eq!(fault.code, code(Some(Version::V12.namespace()), "Sender"));
    assert_eq!(
        fault.subcodes,
        [
            code(Some("urn:m"), "Quota").unwrap(),
            code(Some("urn:m"), "Daily").unwrap()
        ]
    );
    for (languages, text) in [
        (&["fi"][..], "liikaa"),
        (&["sv", "FI", "en"], "liikaa"),
        (&["en", "fi"], "too much"),
        (&["e"], "too much"),
        (&["sv"], "too much"),
        (&[], "too much"),
    ] {
        assert_eq!(fault.reason(languages), Some(text), "{languages:?}");
    }
    assert_eq!(fault.actor.as_deref(), Some("urn:role"));
    assert_eq!(fault.detail_value("code").as_deref(), Some("450"));
}

#[test]
fn what_is_built_opens() {
    for version in [Version::V11, Version::V12] {
        let detail: Vec<Element<NoBlob>> = vec![Element::new("urn:a", "code").with_text("999")];
        let built = fault(
            version,
            StandardCode::Receiver,
            &Reason::new("fi", "huolto"),
            detail,
        );
        let document = to_bytes(&envelope(version, Vec::new(), vec![built])).unwrap();
        let fault = opened(&document);
        assert_eq!(fault.version, version);
        let local = StandardCode::Receiver.local(version);
        assert_eq!(fault.code, code(Some(version.namespace()), local));
        assert_eq!(fault.reason(&["fi"]), Some("huolto"));
        assert_eq!(fault.detail, [("code".to_owned(), "999".to_owned())]);
    }
}
