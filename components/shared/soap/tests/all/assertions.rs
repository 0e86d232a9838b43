// SPDX-License-Identifier: Apache-2.0
//! The assertions of SOAP 1.2 Part 1 (and of SOAP 1.1 where it has them) about what a receiver at the end has to make of a message: each a
//! message, and whether it is processed, or which fault it is answered with.

use canonical_xml::{Document, Limits};
use soap::{Content, Delivery, Envelope, HeaderFault, StandardCode, Understood, Version};

/// What a receiver makes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comes {
    /// It is processed.
    Processed,
    /// It is a fault that somebody sends.
    Fault,
    /// It is answered with this fault.
    Answered(StandardCode),
}

use Comes::{Answered, Fault, Processed};
use StandardCode::{DataEncodingUnknown, MustUnderstand, Sender, VersionMismatch};

const ROLE: &str = "http://www.w3.org/2003/05/soap-envelope/role";

/// In the order of SOAP 1.2 Part 1 §2.6.
fn comes(text: &str, understood: &[Understood]) -> Comes {
    let document = Document::parse(text.as_bytes(), &Limits::default()).unwrap();
    let envelope = match Envelope::of(&document) {
        Ok(envelope) => envelope,
        Err(error) => return Answered(error.kind.fault_code()),
    };
    match envelope.judge_headers(understood, Delivery::default()) {
        Ok(()) => {}
        Err(HeaderFault::NotUnderstood(blocks)) => {
            assert!(!blocks.is_empty());
            return Answered(MustUnderstand);
        }
        Err(HeaderFault::Addressing(..)) => return Answered(Sender),
    }
    match envelope.content() {
        Ok(Content::Entries(_)) => Processed,
        Ok(Content::Fault(_)) => Fault,
        Err(error) => Answered(error.kind.fault_code()),
    }
}

fn check(namespace: &str, cases: &[(&str, Comes)]) {
    let understood: Vec<Understood> = vec!["{urn:known}Known".parse().unwrap()];
    for (inside, expected) in cases {
        let text = match inside.contains("<e:Envelope") {
            true => inside.replace("NS", namespace),
            false => format!(
                "<e:Envelope xmlns:e='{namespace}' xmlns:t='urn:t' xmlns:k='urn:known'>{inside}</e:Envelope>"
            ),
        };
        let text = text.replace("ROLE", ROLE);
        assert_eq!(comes(&text, &understood), *expected, "{text}");
    }
}

/// §5, §5.1 to §5.3: the envelope and its parts.
#[test]
fn the_envelope_of_soap_1_2() {
    #[rustfmt::skip]
    check(
        Version::V12.namespace(),
        &[
            ("<e:Body/>", Processed),
            ("<e:Header/><e:Body/>", Processed),
            ("<e:Header> </e:Header>\n<e:Body><t:a/></e:Body>", Processed),
            ("<!-- c --><e:Body><!-- c --><t:a/></e:Body><!-- c -->", Processed),
            // Children of the body need no namespace.
            ("<e:Body><a/></e:Body>", Processed),
            ("<e:Body><t:a/><t:b/></e:Body>", Processed),
            // Attributes of the body's content are its own.
            ("<e:Body><t:a b='c' e:mustUnderstand='what' e:role='x y'/></e:Body>", Processed),
            ("", Answered(Sender)),
            ("<e:Header/>", Answered(Sender)),
            ("<e:Body/><e:Body/>", Answered(Sender)),
            ("<e:Header/><e:Header/><e:Body/>", Answered(Sender)),
            ("<e:Body/><e:Header/>", Answered(Sender)),
            ("<e:Body/><t:a/>", Answered(Sender)),
            ("<t:a/><e:Body/>", Answered(Sender)),
            ("<e:Header/><t:a/><e:Body/>", Answered(Sender)),
            ("<Body/>", Answered(Sender)),
            ("<e:body/>", Answered(Sender)),
            ("<t:Body/>", Answered(Sender)),
            ("text<e:Body/>", Answered(Sender)),
            ("<e:Header>text</e:Header><e:Body/>", Answered(Sender)),
            ("<e:Body>text</e:Body>", Answered(Sender)),
            ("<e:Body>text<t:a/></e:Body>", Answered(Sender)),
            // §5: no processing instructions, wherever.
            ("<?p i?><e:Body/>", Answered(Sender)),
            ("<e:Body><t:a><?p i?></t:a></e:Body>", Answered(Sender)),
            ("<?p i?><e:Envelope xmlns:e='NS'><e:Body/></e:Envelope>", Answered(Sender)),
            ("<e:Envelope xmlns:e='NS'><e:Body/></e:Envelope><?p i?>", Answered(Sender)),
            ("<?xml version='1.0'?><e:Envelope xmlns:e='NS'><e:Body/></e:Envelope>", Processed),
            // Attributes of the parts are qualified.
            ("<e:Envelope xmlns:e='NS' a='b'><e:Body/></e:Envelope>", Answered(Sender)),
            ("<e:Header a='b'/><e:Body/>", Answered(Sender)),
            ("<e:Body a='b'/>", Answered(Sender)),
            ("<e:Header t:a='b'/><e:Body t:a='b'/>", Processed),
            ("<e:Envelope xmlns:e='NS' xmlns:t='urn:t' t:a='b' xml:lang='fi'><e:Body/></e:Envelope>", Processed),
        ],
    );
}

/// §2.8, §5.4.7: other versions, and other roots.
#[test]
fn envelopes_of_no_known_version() {
    #[rustfmt::skip]
    let rows = [
        ("<e:Envelope xmlns:e='urn:other'><e:Body/></e:Envelope>", VersionMismatch),
        ("<e:Envelope xmlns:e='http://www.w3.org/2001/12/soap-envelope'><e:Body/></e:Envelope>", VersionMismatch),
        ("<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope/'><e:Body/></e:Envelope>", VersionMismatch),
        ("<e:Envelope xmlns:e='http://www.w3.org/2003/05/Soap-Envelope'><e:Body/></e:Envelope>", VersionMismatch),
        ("<Envelope><Body/></Envelope>", VersionMismatch),
        ("<e:Envelope2 xmlns:e='http://www.w3.org/2003/05/soap-envelope'><e:Body/></e:Envelope2>", Sender),
        ("<html/>", Sender),
        // Parts of another version are no parts.
        (
            "<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope'>\
             <f:Body xmlns:f='http://schemas.xmlsoap.org/soap/envelope/'/></e:Envelope>",
            Sender,
        ),
    ];
    for (text, expected) in rows {
        assert_eq!(comes(text, &[]), Answered(expected), "{text}");
    }
}

/// §5.1.1: where `encodingStyle` may stand, and what it may say.
#[test]
fn encoding_styles_of_soap_1_2() {
    #[rustfmt::skip]
    check(
        Version::V12.namespace(),
        &[
            ("<e:Envelope xmlns:e='NS' e:encodingStyle='urn:x'><e:Body/></e:Envelope>", Answered(Sender)),
            ("<e:Header e:encodingStyle='urn:x'/><e:Body/>", Answered(Sender)),
            ("<e:Body e:encodingStyle='urn:x'/>", Answered(Sender)),
            ("<e:Header><t:a e:encodingStyle='urn:x'/></e:Header><e:Body/>", Processed),
            ("<e:Body><t:a e:encodingStyle='http://www.w3.org/2003/05/soap-envelope/encoding/none'/></e:Body>", Processed),
            ("<e:Body><t:a e:encodingStyle='http://www.w3.org/2003/05/soap-encoding'/></e:Body>", Processed),
            ("<e:Body><t:a encodingStyle='urn:x'/></e:Body>", Processed),
            ("<e:Body><t:a e:encodingStyle='http://example.org/PoisonEncoding'/></e:Body>", Answered(DataEncodingUnknown)),
        ],
    );
}

/// §2.2 to §2.6, §5.2: header blocks, roles, and the duty to understand.
#[test]
fn header_blocks_of_soap_1_2() {
    #[rustfmt::skip]
    check(
        Version::V12.namespace(),
        &[
            ("<e:Header><t:a/></e:Header><e:Body/>", Processed),
            ("<e:Header><a/></e:Header><e:Body/>", Answered(Sender)),
            ("<e:Header><a e:mustUnderstand='0'/></e:Header><e:Body/>", Answered(Sender)),
            ("<e:Header><t:a e:mustUnderstand='0'/></e:Header><e:Body/>", Processed),
            ("<e:Header><t:a e:mustUnderstand='false'/></e:Header><e:Body/>", Processed),
            ("<e:Header><t:a e:mustUnderstand='1'/></e:Header><e:Body/>", Answered(MustUnderstand)),
            ("<e:Header><t:a e:mustUnderstand='true'/></e:Header><e:Body/>", Answered(MustUnderstand)),
            ("<e:Header><t:a e:mustUnderstand=' true\n'/></e:Header><e:Body/>", Answered(MustUnderstand)),
            ("<e:Header><t:a e:mustUnderstand='wrong'/></e:Header><e:Body/>", Answered(Sender)),
            ("<e:Header><t:a e:mustUnderstand='TRUE'/></e:Header><e:Body/>", Answered(Sender)),
            ("<e:Header><t:a e:mustUnderstand=''/></e:Header><e:Body/>", Answered(Sender)),
            ("<e:Header><t:a e:mustUnderstand='9'/></e:Header><e:Body/>", Answered(Sender)),
            ("<e:Header><t:a e:role='ROLE/none' e:mustUnderstand='wrong'/></e:Header><e:Body/>", Answered(Sender)),
            // Of another namespace, it is another attribute.
            ("<e:Header><t:a mustUnderstand='1' t:mustUnderstand='1'/></e:Header><e:Body/>", Processed),
            ("<e:Header><t:a xmlns:o='http://schemas.xmlsoap.org/soap/envelope/' o:mustUnderstand='1'/></e:Header><e:Body/>", Processed),
            // Deeper than in a block it means nothing.
            ("<e:Header><t:a><t:b e:mustUnderstand='1'/></t:a></e:Header><e:Body/>", Processed),
            ("<e:Header><k:Known e:mustUnderstand='1'/></e:Header><e:Body/>", Processed),
            ("<e:Header><k:Known e:mustUnderstand='1'/><t:a e:mustUnderstand='1'/></e:Header><e:Body/>", Answered(MustUnderstand)),
            ("<e:Header><k:Other e:mustUnderstand='1'/></e:Header><e:Body/>", Answered(MustUnderstand)),
            // Roles that are ours.
            ("<e:Header><t:a e:role='ROLE/next' e:mustUnderstand='1'/></e:Header><e:Body/>", Answered(MustUnderstand)),
            ("<e:Header><t:a e:role='ROLE/ultimateReceiver' e:mustUnderstand='1'/></e:Header><e:Body/>", Answered(MustUnderstand)),
            ("<e:Header><t:a e:role='' e:mustUnderstand='1'/></e:Header><e:Body/>", Answered(MustUnderstand)),
            // And such that are not.
            ("<e:Header><t:a e:role='ROLE/none' e:mustUnderstand='1'/></e:Header><e:Body/>", Processed),
            ("<e:Header><t:a e:role='urn:other' e:mustUnderstand='1'/></e:Header><e:Body/>", Processed),
            ("<e:Header><t:a e:actor='urn:other' e:mustUnderstand='1'/></e:Header><e:Body/>", Answered(MustUnderstand)),
            ("<e:Header><t:a role='urn:other' e:mustUnderstand='1'/></e:Header><e:Body/>", Answered(MustUnderstand)),
            ("<e:Header><t:a e:role='a b'/></e:Header><e:Body/>", Answered(Sender)),
            ("<e:Header><t:a e:role='%zz'/></e:Header><e:Body/>", Answered(Sender)),
            // Relaying is for others, but it is a boolean.
            ("<e:Header><t:a e:relay='1'/></e:Header><e:Body/>", Processed),
            ("<e:Header><t:a e:relay='true' e:mustUnderstand='0'/></e:Header><e:Body/>", Processed),
            ("<e:Header><t:a e:relay='maybe'/></e:Header><e:Body/>", Answered(Sender)),
            // Header first, body then.
            ("<e:Header><t:a e:mustUnderstand='1'/></e:Header><e:Body>text</e:Body>", Answered(MustUnderstand)),
            ("<e:Header><t:a e:mustUnderstand='1'/></e:Header><e:Body><e:Fault/><t:b/></e:Body>", Answered(MustUnderstand)),
            ("<e:Header><t:a e:mustUnderstand='1'/></e:Header><e:Body><t:b e:encodingStyle='urn:x'/></e:Body>", Answered(MustUnderstand)),
            // The envelope before both.
            ("<e:Header><t:a e:mustUnderstand='1'/></e:Header><e:Body a='b'/>", Answered(Sender)),
        ],
    );
}

/// §5.4: a fault is alone.
#[test]
fn faults_of_soap_1_2() {
    #[rustfmt::skip]
    check(
        Version::V12.namespace(),
        &[
            ("<e:Body><e:Fault><e:Code><e:Value>e:Sender</e:Value></e:Code></e:Fault></e:Body>", Fault),
            ("<e:Body><e:Fault/></e:Body>", Fault),
            ("<e:Body><e:Fault/><t:a/></e:Body>", Answered(Sender)),
            ("<e:Body><t:a/><e:Fault/></e:Body>", Answered(Sender)),
            ("<e:Body><e:Fault/><e:Fault/></e:Body>", Answered(Sender)),
            ("<e:Body><t:Fault/></e:Body>", Processed),
            ("<e:Header><t:a e:mustUnderstand='1'/></e:Header><e:Body><e:Fault/></e:Body>", Answered(MustUnderstand)),
        ],
    );
}

/// SOAP 1.1 §4: the same duties, and an envelope that may have any attribute.
#[test]
fn messages_of_soap_1_1() {
    #[rustfmt::skip]
    check(
        Version::V11.namespace(),
        &[
            ("<e:Body/>", Processed),
            ("<e:Envelope xmlns:e='NS' a='b' e:encodingStyle='http://schemas.xmlsoap.org/soap/encoding/'><e:Body/></e:Envelope>", Processed),
            ("<e:Header a='b'/><e:Body a='b' e:encodingStyle=''/>", Processed),
            ("<?p i?><e:Body/>", Processed),
            ("<e:Header><a/></e:Header><e:Body/>", Processed),
            ("<e:Body><t:a e:encodingStyle='urn:x'/></e:Body>", Processed),
            ("<e:Header><t:a e:relay='maybe' e:role='a b'/></e:Header><e:Body/>", Processed),
            ("<e:Header><t:a e:mustUnderstand='0'/></e:Header><e:Body/>", Processed),
            ("<e:Header><t:a e:mustUnderstand='1'/></e:Header><e:Body/>", Answered(MustUnderstand)),
            ("<e:Header><t:a e:mustUnderstand='true'/></e:Header><e:Body/>", Answered(MustUnderstand)),
            ("<e:Header><t:a e:mustUnderstand='2'/></e:Header><e:Body/>", Answered(Sender)),
            ("<e:Header><t:a e:mustUnderstand='yes' e:actor='urn:other'/></e:Header><e:Body/>", Answered(Sender)),
            ("<e:Header><t:a e:mustUnderstand='1' e:actor='urn:other'/></e:Header><e:Body/>", Processed),
            ("<e:Header><t:a e:mustUnderstand='1' e:actor='http://schemas.xmlsoap.org/soap/actor/next'/></e:Header><e:Body/>", Answered(MustUnderstand)),
            ("<e:Header><t:a e:mustUnderstand='1' e:role='ROLE/none'/></e:Header><e:Body/>", Answered(MustUnderstand)),
            ("<e:Header><t:a e:actor='a b'/></e:Header><e:Body/>", Answered(Sender)),
            ("<e:Header><k:Known e:mustUnderstand='1'/></e:Header><e:Body/>", Processed),
            ("<e:Header><t:a e:mustUnderstand='1'/></e:Header><e:Body>text</e:Body>", Answered(MustUnderstand)),
            ("<e:Body/><t:a/>", Answered(Sender)),
            ("", Answered(Sender)),
        ],
    );
}
