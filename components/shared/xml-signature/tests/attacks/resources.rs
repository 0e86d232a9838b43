// SPDX-License-Identifier: Apache-2.0
//! Documents that are made to cost: each is refused by a limit, or judged within a number of steps that the limits give.

use canonical_xml::{Document, Limits};
use xml_signature::{ENVELOPED_SIGNATURE, Policy, VerifyErrorKind, VerifyFailure, verify};

use crate::scene::{Sent, canonical, encode, replaced};
use xml_testkit::{EXCLUSIVE, INCLUSIVE, Key, Native, Template, document, requiring, sign};

/// An order with something in it, signed as a whole.
fn order(content: &str) -> String {
    let template = Template::enveloped(Key::rsa()).text();
    sign(&format!("<Order>{content}{template}</Order>"), Key::rsa())
}

/// 100,000 Ids and the one that is asked for: one pass, whatever there is.
#[test]
fn as_many_ids_as_there_are_elements() {
    let sent = Sent::note(&format!("<ds:Transform Algorithm=\"{EXCLUSIVE}\"/>"));
    let many: String = (0..100_000)
        .map(|index| format!("<a Id=\"n{index}\"/>"))
        .collect();
    let text = sent.with("<Note ", &format!("{many}<Note "));
    let limits = Limits {
        bytes: 4 << 20,
        events: 200_000,
        ..Limits::default()
    };
    let parsed = Document::parse(text.as_bytes(), &limits).unwrap();
    let mut backend = sent.backend();
    let verified = verify(&parsed, &sent.policy, &mut backend).unwrap();
    assert_eq!(verified.covered().len(), 1);
    assert_eq!(backend.asked, ["identify", "verify", "digest"]);
    // The last of them is the one too many.
    let text = replaced(&text, "Id=\"n99999\"", "Id=\"note\"");
    let parsed = Document::parse(text.as_bytes(), &limits).unwrap();
    let failure = verify(&parsed, &sent.policy, &mut backend).unwrap_err();
    let VerifyFailure::Refused(error) = failure;
    assert_eq!(error.kind, VerifyErrorKind::IdNotUnique);
}

/// Each reference may cost a pass over the document, so that there are few: the policy says how many, and no pass is made before
/// somebody trusted signed.
#[test]
fn as_many_references_to_one_big_part_as_are_accepted() {
    let big = "<a><b/></a>".repeat(5_000);
    let with_references = |count: usize| {
        let template = (0..count).fold(Template::new(Key::rsa()), |template, _| {
            template.reference("", &[ENVELOPED_SIGNATURE, INCLUSIVE])
        });
        format!("<Order>{big}{}</Order>", template.text())
    };
    let sent = Sent::new(&with_references(30), &[]);
    let parsed = document(&sent.text);
    let mut backend = sent.backend();
    verify(&parsed, &sent.policy, &mut backend).unwrap();
    assert_eq!(
        backend
            .asked
            .iter()
            .filter(|asked| **asked == "digest")
            .count(),
        30
    );
    // An attacker's own references are not followed at all.
    let mut backend = Native::trusting(Key::other_rsa());
    verify(&parsed, &sent.policy, &mut backend).unwrap_err();
    assert!(!backend.asked.contains(&"digest"));
    // The first that does not fit is the last that is computed.
    let changed = sent.text.replacen("<b/>", "<c/>", 1);
    let parsed = document(&changed);
    let mut backend = sent.backend();
    verify(&parsed, &sent.policy, &mut backend).unwrap_err();
    assert_eq!(
        backend
            .asked
            .iter()
            .filter(|asked| **asked == "digest")
            .count(),
        1
    );
    // Fewer, where the policy says so.
    let policy = Policy {
        maximum_references: 29,
        ..sent.policy.clone()
    };
    let parsed = document(&sent.text);
    let VerifyFailure::Refused(error) = verify(&parsed, &policy, &mut sent.backend()).unwrap_err();
    assert_eq!(
        error.kind,
        VerifyErrorKind::TooManyReferences { maximum: 29 }
    );
}

#[test]
fn a_prefix_list_of_thousands() {
    let list = |count: usize| {
        let prefixes: Vec<_> = (0..count).map(|index| format!("p{index}")).collect();
        format!(
            "<ds:Transform Algorithm=\"{EXCLUSIVE}\"><ec:InclusiveNamespaces xmlns:ec=\"{EXCLUSIVE}\" PrefixList=\"{}\"/></ds:Transform>",
            prefixes.join(" ")
        )
    };
    let sent = Sent::note(&list(128));
    for count in [129, 5_000] {
        let template = Template::new(Key::rsa()).reference_with("#note", &list(count));
        let text = sign(&Sent::note_with(&template), Key::rsa());
        assert_eq!(sent.code(&text), "signature.structure", "{count}");
        let parsed = document(&text);
        let mut backend = sent.backend();
        verify(&parsed, &sent.policy, &mut backend).unwrap_err();
        assert_eq!(backend.asked, [""; 0]);
    }
    // On `CanonicalizationMethod` too.
    let method = format!("<ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"/>");
    let long = list(5_000).replace("ds:Transform", "ds:CanonicalizationMethod");
    assert_eq!(sent.code_with(&method, &long), "signature.structure");
}

/// All of `SignedInfo` is held in memory to verify it.
#[test]
fn a_signed_info_of_a_megabyte() {
    let sent = Sent::note(&format!("<ds:Transform Algorithm=\"{EXCLUSIVE}\"/>"));
    let mut template = Template::new(Key::rsa());
    for _ in 0..3 {
        template = template.reference(&format!("#{}", "x".repeat(60_000)), &[EXCLUSIVE]);
    }
    let text = sign(&Sent::note_with(&template), Key::rsa());
    assert_eq!(sent.code(&text), "signature.structure");
    let blank = sent.with(
        "<ds:SignatureMethod ",
        &format!("{}<ds:SignatureMethod ", " ".repeat(200_000)),
    );
    assert_eq!(sent.code(&blank), "signature.structure");
    // White space that stays in the source is not even looked at.
    let comment = sent.with(
        "<ds:SignatureMethod ",
        &format!("<!--{}--><ds:SignatureMethod ", "x".repeat(200_000)),
    );
    assert_eq!(sent.code(&comment), "valid");
}

#[test]
fn more_certificates_than_a_chain_has() {
    let sent = Sent::order();
    let certificate =
        |der: &[u8]| format!("<ds:X509Certificate>{}</ds:X509Certificate>", encode(der));
    let one = certificate(&Key::rsa().certificate);
    let (other, junk) = (certificate(&Key::p256().certificate), certificate(b"junk"));
    assert_eq!(
        sent.code_with(&one, &format!("{}{one}", other.repeat(4))),
        "valid"
    );
    assert_eq!(
        sent.code_with(&one, &format!("{}{one}", other.repeat(5))),
        "signature.too-many-certificates"
    );
    assert_eq!(
        sent.code_with(&one, &format!("{}{one}", junk.repeat(5_000))),
        "signature.too-many-certificates"
    );
    let data = "</ds:X509Data><ds:X509Data>";
    let spread = format!("{other}{data}").repeat(5);
    assert_eq!(
        sent.code_with(&one, &format!("{spread}{one}")),
        "signature.too-many-certificates"
    );
    // None of the many is asked about.
    let text = sent.with(&one, &other.repeat(6));
    let parsed = document(&text);
    let mut backend = sent.backend();
    verify(&parsed, &sent.policy, &mut backend).unwrap_err();
    assert_eq!(backend.asked, [""; 0]);
}

/// Every comment, instruction and CDATA section in one text, as many as a document may have.
#[test]
fn a_text_in_ten_thousand_pieces() {
    let pieces = "a<!---->b<![CDATA[c]]>&#100;".repeat(10_000);
    let sent = Sent::new(&order(&format!("<Note>{pieces}</Note>")), &[]);
    let parsed = document(&sent.text);
    let verified = verify(&parsed, &sent.policy, &mut sent.backend()).unwrap();
    let note = verified.element(&"/Order/Note".parse().unwrap()).unwrap();
    assert_eq!(note.text().to_str().unwrap(), "abcd".repeat(10_000));
    let canonical = canonical(parsed.find(&"/Order/Note".parse().unwrap())[0]);
    assert_eq!(canonical.len(), "<Note></Note>".len() + 40_000);
}

/// Required paths that lead to very many elements, all of them covered or not.
#[test]
fn a_required_path_to_ten_thousand_elements() {
    let items = "<Item><x/></Item>".repeat(10_000);
    let sent = Sent::new(&order(&items), &["/Order/Item/x"]);
    assert_eq!(
        sent.code_if(&["/Order/Item", "/Order"], &sent.text),
        "valid"
    );
    let parsed = document(&sent.text);
    let policy = requiring(&["/Order/Item"]);
    let verified = verify(&parsed, &policy, &mut sent.backend()).unwrap();
    assert!(verified.element(&"/Order/Item".parse().unwrap()).is_none());
    let last = verified
        .element(&"/Order/Item[10000]".parse().unwrap())
        .unwrap();
    assert_eq!(last.path(), "/Order/Item[10000]");
}
