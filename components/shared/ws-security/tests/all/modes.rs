// SPDX-License-Identifier: Apache-2.0
//! Required, optional, off.

use ws_security::{Mode, Part, Settings};

use crate::message::{CONTENT, Message, code_by, judged, replaced};
use xml_testkit::{Key, Native};

fn settings(mode: Mode) -> Settings {
    Settings {
        mode,
        ..Settings::default()
    }
}

#[test]
fn what_each_accepts() {
    let key = Key::rsa();
    let message = Message::new(key);
    let signed = message.signed(key);
    let forged = replaced(&signed, "<a:Amount>10<", "<a:Amount>11<");
    let unsigned = replaced(&message.text(), &message.signature.text(), "");
    let bare = replaced(&message.text(), &message.security(), "");
    let headless = replaced(&bare, "<soapenv:Header></soapenv:Header>", "");
    let several = replaced(
        &signed,
        "</soapenv:Header>",
        "<wsse:Security/></soapenv:Header>",
    );
    #[rustfmt::skip]
    let rows = [
        (&signed, "accepted", "accepted"),
        (&forged, "signature.digest-mismatch", "signature.digest-mismatch"),
        (&unsigned, "ws-security.signature-missing", "unsigned"),
        (&bare, "ws-security.security-missing", "unsigned"),
        (&headless, "ws-security.security-missing", "unsigned"),
        (&several, "ws-security.security-several", "ws-security.security-several"),
    ];
    for (text, required, optional) in rows {
        assert_eq!(code_by(text, key, &settings(Mode::Required)), required);
        assert_eq!(code_by(text, key, &settings(Mode::Optional)), optional);
        assert_eq!(code_by(text, key, &settings(Mode::Off)), "unsigned");
    }
}

/// The security header counts as dealt with even though it must be understood; others do not.
#[test]
fn off_skips_the_security_header_only() {
    let key = Key::rsa();
    let message = Message {
        before: "<w:Action xmlns:w=\"urn:example:wsa\" soapenv:mustUnderstand=\"1\"/>\
                 <w:To xmlns:w=\"urn:example:wsa\" soapenv:mustUnderstand=\"1\" soapenv:actor=\"urn:example:other\"/>"
            .to_owned(),
        after: "<wsse:Security soapenv:actor=\"urn:example:other\" soapenv:mustUnderstand=\"1\"/>".to_owned(),
        ..Message::new(key)
    };
    let mut backend = Native::default();
    judged(
        &message.signed(key),
        &settings(Mode::Off),
        &mut backend,
        |received| {
            assert!(received.protection.is_none());
            let headers: Vec<_> = received
                .headers
                .iter()
                .map(|block| block.part.path())
                .collect();
            assert_eq!(
                headers,
                [
                    "/Envelope/Header/Action",
                    "/Envelope/Header/To",
                    "/Envelope/Header/Security[2]"
                ]
            );
            let open: Vec<_> = received.must_understand().map(|part| part.path()).collect();
            assert_eq!(open, ["/Envelope/Header/Action"]);
            let body = received.body;
            assert!(!body.is_signed() && body.signed().is_none());
            let transfer = body.children().next().unwrap();
            assert!(!transfer.is_signed() && transfer.is("urn:example:bank", "Transfer"));
            let Part::Unsigned(transfer) = transfer else {
                panic!("unsigned");
            };
            assert_eq!(transfer.markup().unwrap().unwrap(), CONTENT);
        },
    )
    .unwrap();
    assert!(backend.asked.is_empty());
}
