// SPDX-License-Identifier: Apache-2.0
//! Envelopes that somebody else wrote, signed.

use canonical_xml::{Canonicalization, Document, Limits, Method};
use ws_security::{
    Edit, Settings, SignError, SignFailure, Signing, prepare_envelope, secure, verify,
};

use crate::message::now;
use crate::signing::signing;
use xml_testkit::{Key, Native, form_digest};

const V11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const V12: &str = "http://www.w3.org/2003/05/soap-envelope";

fn document(text: &str) -> Document<'_> {
    Document::parse(text.as_bytes(), &Limits::default()).unwrap()
}

fn applied(text: &str, edits: &[Edit]) -> String {
    let mut edited = text.to_owned();
    for edit in edits.iter().rev() {
        let range = edit.range.start as usize..edit.range.end as usize;
        edited.replace_range(range, &edit.text);
    }
    edited
}

fn refusal<T>(result: Result<T, SignFailure<std::convert::Infallible>>) -> SignError {
    match result.map(drop).unwrap_err() {
        SignFailure::Refused(error) => error,
        SignFailure::Digest(never) => match never {},
    }
}

/// Signs an envelope, and returns it with the paths of what is signed.
fn signed(text: &str, key: &Key, canonicalization: &Canonicalization) -> (String, Vec<String>) {
    let how = Signing {
        must_understand: false,
        ..signing(key)
    };
    let edits = secure(&document(text), &how).unwrap();
    let edited = applied(text, &edits);
    let secured = document(&edited);
    let prepared = prepare_envelope(&secured, &how, canonicalization, form_digest).unwrap();
    let value = key.sign(how.algorithm, prepared.signed_info());
    let insertion = prepared.complete(&value).unwrap();
    let signed = insertion.apply(edited.as_bytes()).unwrap();
    let signed = String::from_utf8(signed).unwrap();
    let again = document(&signed);
    let mut backend = Native::trusting(key);
    let received = verify(&again, &Settings::default(), now(), &mut backend);
    let received = received.unwrap_or_else(|error| panic!("{error}: {signed}"));
    assert!(received.body.is_signed());
    let protection = received.protection.unwrap();
    assert!(protection.lifetime.is_some());
    let covered = protection.signature.covered().iter();
    let paths = covered.map(|part| part.path()).collect();
    (signed, paths)
}

#[test]
fn envelopes_of_all_shapes() {
    let key = Key::p256();
    let body = "<e:Body><x xmlns=''>1</x></e:Body>";
    for namespace in [V11, V12] {
        #[rustfmt::skip]
        let rows = [
            (body.to_owned(), "><x xmlns=''>1</x></e:Body>"),
            (format!("\n <e:Header>\n</e:Header>\n{body}\n"), "\n</e:Header>\n<e:Body "),
            (format!("<e:Header/>{body}"), "<e:Header><wsse:Security "),
            (format!("<e:Header a:b='c' />{body}"), "<e:Header a:b='c' ><wsse:Security "),
            (format!("<e:Header> <t:T xmlns:t='urn:t'/></e:Header>{body}"), "</wsse:Security> <t:T xmlns:t='urn:t'/></e:Header>"),
            ("<e:Body/>".to_owned(), " wsu:Id=\"id-5f0c-1e\"/>"),
            ("<e:Body xmlns:wsu='urn:other'/>".to_owned(), " wsu1:Id=\"id-5f0c-1e\" xmlns:wsu='urn:other'/>"),
            (
                "<e:Body xmlns:u='http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd' u:Id='b'/>".to_owned(),
                "1.0.xsd' u:Id='b'/>",
            ),
        ];
        for (inside, kept) in rows {
            let text = format!(
                "<?xml version='1.0'?>\n<e:Envelope xmlns:e='{namespace}' xmlns:a='urn:a'>{inside}</e:Envelope>\n"
            );
            let (signed, paths) = signed(&text, key, &Canonicalization::new(Method::Exclusive));
            assert_eq!(
                paths,
                [
                    "/Envelope/Header/Security/Timestamp",
                    "/Envelope/Header/Security/BinarySecurityToken",
                    "/Envelope/Body"
                ]
            );
            assert!(signed.contains(kept), "{signed}");
            assert!(signed.starts_with("<?xml version='1.0'?>\n<e:Envelope xmlns:e="));
            assert!(signed.ends_with("</e:Envelope>\n"));
        }
    }
    // Under the default namespace.
    let text = format!("<Envelope xmlns='{V11}'><Header/><Body><x xmlns=''/></Body></Envelope>");
    let (signed, _) = signed(&text, key, &Canonicalization::new(Method::Exclusive));
    assert!(signed.contains("</wsse:Security></Header>"), "{signed}");
}

#[test]
fn every_canonical_form() {
    let key = Key::rsa();
    let text =
        format!("<e:Envelope xmlns:e='{V12}' xmlns:o='urn:o'><e:Body><x/></e:Body></e:Envelope>");
    for uri in Canonicalization::uris() {
        let how = Canonicalization::from_uri(uri).unwrap();
        let (signed, _) = signed(&text, key, &how);
        let transform = format!("<ds:Transform Algorithm=\"{uri}\">");
        assert_eq!(signed.matches(&transform).count(), 3);
    }
}

#[test]
fn envelopes_that_are_not_signed() {
    let key = Key::p256();
    let refused = |text: &str| secure(&document(text), &signing(key)).unwrap_err();
    let envelope = |inside: &str| format!("<e:Envelope xmlns:e='{V11}'>{inside}</e:Envelope>");
    assert!(matches!(refused("<order/>"), SignError::Envelope(_)));
    assert!(matches!(refused(&envelope("")), SignError::Envelope(_)));
    let security = format!(
        "<s:Security xmlns:s='{}'/>",
        ws_security::SECURITY_NAMESPACE
    );
    let present = envelope(&format!("<e:Header>{security}</e:Header><e:Body/>"));
    assert_eq!(refused(&present), SignError::SecurityPresent);
    let taken = envelope("<e:Body><x Id='TS-5f0c-1e'/></e:Body>");
    assert_eq!(refused(&taken), SignError::IdNotUnique);
    // Of another receiver it is left alone.
    let others = present.replace("/></e:Header>", " e:actor='urn:other'/></e:Header>");
    assert!(secure(&document(&others), &signing(key)).is_ok());
    let latin = format!(
        "<?xml version='1.0' encoding='iso-8859-1'?>{}",
        envelope("<e:Body>\u{A0}</e:Body>")
    );
    let bytes: Vec<u8> = latin.chars().map(|character| character as u8).collect();
    let latin = Document::parse(&bytes, &Limits::default()).unwrap();
    assert!(matches!(
        secure(&latin, &signing(key)),
        Err(SignError::Signature(
            xml_signature::SignError::Encoding { .. }
        ))
    ));
    // Without what is to be put in there is nothing to sign.
    let bare = envelope("<e:Body/>");
    let how = Canonicalization::new(Method::Exclusive);
    let prepared = prepare_envelope(&document(&bare), &signing(key), &how, form_digest);
    assert_eq!(refusal(prepared), SignError::NotSecured);
}
