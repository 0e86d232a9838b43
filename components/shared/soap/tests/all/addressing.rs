// SPDX-License-Identifier: Apache-2.0
//! WS-Addressing that must be understood: what is consistent is, in calls and in answers.

use canonical_xml::{Document, Limits};
use soap::{ADDRESSING_NAMESPACES, AddressingFault, Delivery, Envelope, HeaderFault, Understood};

const CALL: Delivery<'static> = Delivery {
    action: Some("urn:n/Notify"),
    path: Some("/tulli/notify?a=b"),
};

/// Judges these blocks of the namespace `a`, which is that of the number.
fn judged(
    number: usize,
    blocks: &str,
    delivery: Delivery<'_>,
) -> Result<(), Option<AddressingFault>> {
    let namespace = ADDRESSING_NAMESPACES[number];
    let text = format!(
        "<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope' xmlns:a='{namespace}'>\
         <e:Header>{blocks}</e:Header><e:Body/></e:Envelope>"
    );
    let text = text
        .replace(" M=", " e:mustUnderstand=")
        .replace("ANON", anonymous(number));
    let document = Document::parse(text.as_bytes(), &Limits::default()).unwrap();
    let understood: Vec<Understood> = ADDRESSING_NAMESPACES
        .iter()
        .map(|namespace| namespace.parse().unwrap())
        .collect();
    let envelope = Envelope::of(&document).unwrap();
    envelope
        .judge_headers(&understood, delivery)
        .map_err(|fault| match fault {
            HeaderFault::Addressing(fault, _) => Some(fault),
            HeaderFault::NotUnderstood(_) => None,
        })
}

fn anonymous(number: usize) -> &'static str {
    [
        "http://www.w3.org/2005/08/addressing/anonymous",
        "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous",
    ][number]
}

const ACTION: &str = "<a:Action M='1'>urn:n/Notify</a:Action>";

#[test]
fn what_is_consistent_is_understood() {
    for number in [0, 1] {
        for more in [
            "",
            "<a:MessageID>urn:uuid:1</a:MessageID>",
            "<a:To M='1'>https://silta.example:1/tulli/notify</a:To>",
            "<a:To>HTTPS://silta.example/tulli/notify?c=d</a:To>",
            "<a:To>ANON</a:To>",
            "<a:To>urn:customs:notifications</a:To>",
            "<a:ReplyTo><a:Address>ANON</a:Address></a:ReplyTo>",
            "<a:FaultTo><a:Address> ANON </a:Address></a:FaultTo>",
            "<a:FaultTo><a:Address>http://www.w3.org/2005/08/addressing/none</a:Address></a:FaultTo>",
            "<a:RelatesTo>urn:a</a:RelatesTo><a:RelatesTo M='1'>urn:b</a:RelatesTo>",
            "<a:From><a:Address>https://customs.example/</a:Address></a:From>",
            // For somebody else.
            "<a:Action e:role='urn:other'>urn:x</a:Action>",
        ] {
            assert_eq!(
                judged(number, &format!("{ACTION}{more}"), CALL),
                Ok(()),
                "{more}"
            );
        }
    }
}

#[test]
fn what_contradicts_itself_or_http_is_not() {
    use AddressingFault::*;
    for number in [0, 1] {
        #[rustfmt::skip]
        let rows = [
            ("<a:To M='1'>https://silta.example/tulli/notify</a:To>", ActionMissing),
            ("<a:Action M='1'>urn:n/Notify</a:Action><a:Action>urn:n/Notify</a:Action>", Repeated),
            ("<a:Action M='1'>urn:n/Other</a:Action>", ActionMismatch),
            ("<a:Action M='1'></a:Action>", NotAUri),
            ("<a:Action M='1'>Notify</a:Action>", NotAUri),
            ("<a:Action M='1'>urn:a b</a:Action>", NotAUri),
            ("<a:Action M='1'><a:x/></a:Action>", NotAUri),
        ];
        for (blocks, fault) in rows {
            assert_eq!(judged(number, blocks, CALL), Err(Some(fault)), "{blocks}");
        }
        #[rustfmt::skip]
        let rows = [
            ("<a:To>https://silta.example/other</a:To>", OtherDestination),
            ("<a:To>https://silta.example</a:To>", OtherDestination),
            ("<a:To>ftp://silta.example/tulli/notify</a:To>", OtherDestination),
            ("<a:To>here</a:To>", NotAUri),
            ("<a:To>ANON</a:To><a:To>ANON</a:To>", Repeated),
            ("<a:MessageID>1</a:MessageID>", NotAUri),
            ("<a:MessageID>urn:a</a:MessageID><a:MessageID>urn:a</a:MessageID>", Repeated),
            ("<a:ReplyTo><a:Address>https://customs.example/</a:Address></a:ReplyTo>", OnlyAnonymous),
            ("<a:ReplyTo><a:Address>http://www.w3.org/2005/08/addressing/none</a:Address></a:ReplyTo>", OnlyAnonymous),
            ("<a:FaultTo><a:Address>https://customs.example/</a:Address></a:FaultTo>", OnlyAnonymous),
            ("<a:ReplyTo/>", NotAUri),
        ];
        for (more, fault) in rows {
            assert_eq!(
                judged(number, &format!("{ACTION}{more}"), CALL),
                Err(Some(fault)),
                "{more}"
            );
        }
        let unknown = format!("{ACTION}<a:Whatever M='1'/>");
        assert_eq!(judged(number, &unknown, CALL), Err(None));
    }
}

/// Nobody has to understand it, so nobody looks.
#[test]
fn what_need_not_be_understood_is_passed_over() {
    let blocks = "<a:Action>x</a:Action><a:Action>y</a:Action><a:To M='0'>z</a:To>";
    assert_eq!(judged(0, blocks, CALL), Ok(()));
}

#[test]
fn an_answer_comes_back_to_whoever_asked() {
    let answer = Delivery::default();
    assert_eq!(judged(0, ACTION, answer), Ok(()));
    assert_eq!(
        judged(0, &format!("{ACTION}<a:To>ANON</a:To>"), answer),
        Ok(())
    );
    let elsewhere = format!("{ACTION}<a:To>https://silta.example/tulli/notify</a:To>");
    assert_eq!(
        judged(0, &elsewhere, answer),
        Err(Some(AddressingFault::OtherDestination))
    );
}
