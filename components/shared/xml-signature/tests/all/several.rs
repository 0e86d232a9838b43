// SPDX-License-Identifier: Apache-2.0
//! Documents that several have signed: each signature for itself, and what they cover together.

use canonical_xml::{Document, Limits};
use xml_signature::{
    KeySource, Located, Policy, Verified, VerifyErrorKind, VerifyFailure, check_coverage,
    signatures, verify, verify_one_of_several, verify_signature,
};

use xml_testkit::{BASE64, EXCLUSIVE, Key, Native, Template, requiring, sign};

/// What becomes of a text: each signature, in order, and all of them together if each counts.
fn judged(text: &str, required: &[&str]) -> (Vec<&'static str>, &'static str) {
    let document = document(text);
    let policy = requiring(required);
    let each = signatures(&document).map(|signature| {
        let located = Located {
            document: &document,
            signature,
            keys: KeySource::KeyInfo,
        };
        let mut backend = Native::trusting(Key::rsa());
        refusal(verify_one_of_several(located, &policy, &mut backend))
    });
    let each: Vec<_> = each.collect();
    let codes = each
        .iter()
        .map(|one| one.as_ref().map_or_else(|kind| kind.code(), |_| "valid"));
    let codes = codes.collect();
    let all: Result<Vec<Verified<'_, Vec<u8>>>, _> = each.into_iter().collect();
    let together =
        all.and_then(|all| check_coverage(&document, &all, &policy).map_err(|error| error.kind));
    (
        codes,
        together.map_or_else(|kind| kind.code(), |()| "valid"),
    )
}

fn document(text: &str) -> Document<'_> {
    Document::parse(text.as_bytes(), &Limits::default()).unwrap()
}

fn refusal<T>(
    result: Result<T, VerifyFailure<std::convert::Infallible>>,
) -> Result<T, VerifyErrorKind> {
    result.map_err(|failure| match failure {
        VerifyFailure::Refused(error) => error.kind,
        VerifyFailure::Backend(never) => match never {},
    })
}

/// `<r>` with two parts, each signed by itself.
fn side_by_side() -> String {
    let part = |id| Template::new(Key::rsa()).reference(id, &[EXCLUSIVE]).text();
    let text = format!(
        "<r><a Id=\"a\">one</a><b Id=\"b\">two</b>{}{}</r>",
        part("#a"),
        part("#b")
    );
    sign(&text, Key::rsa())
}

/// A part signed by one, and all of it, that signature included, by another.
fn countersigned() -> String {
    let whole = Template::enveloped(Key::rsa()).text();
    let part = Template::new(Key::rsa())
        .reference("#a", &[EXCLUSIVE])
        .text();
    sign(
        &format!("<r>{whole}<p><a Id=\"a\">one</a>{part}</p></r>"),
        Key::rsa(),
    )
}

#[test]
fn signatures_side_by_side_cover_their_parts_together() {
    let text = side_by_side();
    let valid = vec!["valid", "valid"];
    assert_eq!(judged(&text, &["/r/a", "/r/b"]), (valid.clone(), "valid"));
    assert_eq!(judged(&text, &["/r/b"]), (valid.clone(), "valid"));
    assert_eq!(judged(&text, &[]), (valid.clone(), "signature.uncovered"));
    assert_eq!(
        judged(&text, &["/r/c"]),
        (valid, "signature.required-missing")
    );
    // Where exactly one is expected, two are still refused.
    let document = document(&text);
    let mut backend = Native::trusting(Key::rsa());
    let refused = refusal(verify(&document, &requiring(&["/r/a"]), &mut backend));
    assert_eq!(refused.unwrap_err(), VerifyErrorKind::Several);
}

#[test]
fn a_signature_over_another_covers_it() {
    let text = countersigned();
    assert_eq!(judged(&text, &[]), (vec!["valid", "valid"], "valid"));
    let changed = text.replace("one", "ten");
    assert_eq!(
        judged(&changed, &[]),
        (
            vec!["signature.digest-mismatch"; 2],
            "signature.digest-mismatch"
        )
    );
    // The inner one taken away: what remains does not say what was signed.
    let (before, rest) = text.split_once("</a>").unwrap();
    let (_, after) = rest.split_once("</p>").unwrap();
    let stripped = format!("{before}</a></p>{after}");
    assert_eq!(
        judged(&stripped, &[]),
        (
            vec!["signature.digest-mismatch"],
            "signature.digest-mismatch"
        )
    );
}

#[test]
fn one_of_several_has_to_cover_what_is_required_alone_when_it_is_chosen() {
    let text = side_by_side();
    let document = document(&text);
    for (index, required, expected) in [
        (0, "/r/a", Ok(())),
        (0, "/r/b", Err(VerifyErrorKind::Uncovered)),
        (1, "/r/b", Ok(())),
        (1, "/r/a", Err(VerifyErrorKind::Uncovered)),
    ] {
        let located = Located {
            document: &document,
            signature: signatures(&document).nth(index).unwrap(),
            keys: KeySource::KeyInfo,
        };
        let mut backend = Native::trusting(Key::rsa());
        let verified = refusal(verify_signature(
            located,
            &requiring(&[required]),
            &mut backend,
        ));
        assert_eq!(verified.map(drop), expected, "{index} {required}");
    }
}

/// What has been tried on one signature, in the form that two allow.
#[test]
fn a_second_signature_vouches_for_nothing_that_is_forged() {
    let text = side_by_side();
    let own = |id: &str| {
        let template = Template::new(Key::p256())
            .reference(id, &[EXCLUSIVE])
            .text();
        sign(
            &format!("<x><f Id=\"f\">FORGED</f>{template}</x>"),
            Key::p256(),
        )
    };
    // The signed part moved aside, a forged one in its place, under the attacker's own signature.
    let wrapped = text.replace("<a Id=\"a\">one</a>", "<a>FORGED</a>");
    let wrapped = wrapped.replace(
        "</r>",
        &format!("<w><a Id=\"a\">one</a></w>{}</r>", own("#f")),
    );
    assert_eq!(
        judged(&wrapped, &["/r/a", "/r/b"]),
        (
            vec!["valid", "valid", "signature.untrusted"],
            "signature.untrusted"
        )
    );
    // The same without that: both signatures count, and the forged part is covered by neither.
    let wrapped = text.replace(
        "<a Id=\"a\">one</a>",
        "<a>FORGED</a><w><a Id=\"a\">one</a></w>",
    );
    assert_eq!(
        judged(&wrapped, &["/r/a", "/r/b"]),
        (vec!["valid", "valid"], "signature.uncovered")
    );
    // One Id twice, once for each reader.
    let twice = text.replace(
        "<a Id=\"a\">one</a>",
        "<a Id=\"a\">one</a><c id=\"a\">FORGED</c>",
    );
    assert_eq!(
        judged(&twice, &["/r/a"]),
        (
            vec!["signature.id-not-unique", "valid"],
            "signature.id-not-unique"
        )
    );
    // One signature moved into the part of the other.
    let start = text.rfind("<ds:Signature ").unwrap();
    let (rest, second) = (&text[..start], text[start..].strip_suffix("</r>").unwrap());
    let inside = format!(
        "{}</r>",
        rest.replace("one</a>", &format!("one{second}</a>"))
    );
    assert_eq!(
        judged(&inside, &["/r/a", "/r/b"]).0,
        ["valid", "signature.digest-mismatch"]
    );
}

/// A reference that decodes covers octets, and nothing else of the element.
#[test]
fn octets_that_a_reference_decodes_can_be_had_and_stand_for_nothing_else() {
    let template = Template::new(Key::rsa()).reference("#d", &[BASE64]).text();
    let text = format!("<r><d Id=\"d\" kind=\"x\">aGVs\nbG8=</d>{template}</r>");
    let text = sign(&text, Key::rsa());
    let document = document(&text);
    let signature = || Located {
        document: &document,
        signature: signatures(&document).next().unwrap(),
        keys: KeySource::KeyInfo,
    };
    let octets = |path: &str| Policy {
        octets: vec![path.parse().unwrap()],
        ..Policy::default()
    };
    let mut backend = Native::trusting(Key::rsa());
    let verified = refusal(verify_signature(signature(), &octets("/r/d"), &mut backend)).unwrap();
    assert!(verified.octets(&"/r/d".parse().unwrap()).is_some());
    assert!(verified.octets(&"/r".parse().unwrap()).is_none());
    assert!(verified.element(&"/r/d".parse().unwrap()).is_none());
    for policy in [
        octets("/r"),
        octets("/r/none"),
        requiring(&["/r/d"]),
        Policy::default(),
        Policy {
            required: vec!["/r".parse().unwrap()],
            ..octets("/r/d")
        },
    ] {
        let mut backend = Native::trusting(Key::rsa());
        let refused = refusal(verify_signature(signature(), &policy, &mut backend)).unwrap_err();
        assert_eq!(refused, VerifyErrorKind::Uncovered, "{policy:?}");
    }
}
