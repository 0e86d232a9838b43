// SPDX-License-Identifier: Apache-2.0
//! The documents, and what each earns.

use xml_signature::{ENVELOPED_SIGNATURE, KeyRefusal, NAMESPACE, SignerRefusal};

use xml_testkit::{BASE64, EXCLUSIVE, INCLUSIVE, Key, Native, Template, sign};

use super::Case;

fn enveloped() -> Template {
    Template::enveloped(Key::rsa())
}

fn with(change: impl FnOnce(&mut Template)) -> Case {
    let mut template = enveloped();
    change(&mut template);
    Case::signed(&template)
}

fn referring(uri: &str, transforms: &[&str]) -> Case {
    Case::signed(&Template::new(Key::rsa()).reference(uri, transforms))
}

fn value_of(local: &str, text: &str) -> (String, String) {
    let opening = format!("<ds:{local}>");
    let (_, rest) = text.split_once(&opening).unwrap();
    let (value, _) = rest.split_once('<').unwrap();
    (format!("{opening}{value}<"), opening)
}

/// The value of an element replaced by another.
fn replaced_value(local: &str, value: &str) -> Case {
    let case = Case::signed(&enveloped());
    let (from, opening) = value_of(local, &case.text);
    case.then(&from, &format!("{opening}{value}<"))
}

pub(super) fn signature_algorithms() -> Vec<(&'static str, Case)> {
    let mut cases = vec![];
    for uri in [
        "",
        "none",
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
        "http://www.w3.org/2007/05/xmldsig-more#rsa-pss",
        "http://example.com/rsa-sha256",
    ] {
        let case = with(|template| template.algorithm = uri.to_owned());
        cases.push(("signature.algorithm-not-allowed", case));
    }
    let sha256 = "http://www.w3.org/2001/04/xmlenc#sha256";
    for uri in [
        "",
        "http://www.w3.org/2001/04/xmlenc#sha384",
        "http://www.w3.org/2001/04/xmldsig-more#md5",
    ] {
        let case = with(|template| template.references = template.references.replace(sha256, uri));
        cases.push(("signature.algorithm-not-allowed", case));
    }
    let sha1 = "http://www.w3.org/2000/09/xmldsig#sha1";
    let case = with(|template| template.references = template.references.replace(sha256, sha1));
    cases.push(("signature.sha1-not-allowed", case));
    let rsa_sha1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
    let rsa = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    let case = Case::signed(&enveloped()).then(rsa, rsa_sha1);
    cases.push(("signature.sha1-not-allowed", case));
    for uri in [
        "",
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        ENVELOPED_SIGNATURE,
        BASE64,
        "http://www.w3.org/2001/10/xml-exc-c14n",
    ] {
        let case = with(|template| template.canonicalization = uri.to_owned());
        cases.push(("signature.canonicalization-not-allowed", case));
    }
    cases
}

pub(super) fn transforms() -> Vec<(&'static str, Case)> {
    let xslt = "http://www.w3.org/TR/1999/REC-xslt-19991116";
    let xpath = "http://www.w3.org/TR/1999/REC-xpath-19991116";
    let filter = "http://www.w3.org/2002/06/xmldsig-filter2";
    let token = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform";
    #[rustfmt::skip]
    let refused: [&[&str]; 13] = [
        &[xslt],
        &[xpath],
        &[filter],
        &[token],
        &[""],
        &[ENVELOPED_SIGNATURE, xslt],
        &[ENVELOPED_SIGNATURE, ENVELOPED_SIGNATURE],
        &[EXCLUSIVE, ENVELOPED_SIGNATURE],
        &[EXCLUSIVE, EXCLUSIVE],
        &[EXCLUSIVE, INCLUSIVE],
        &[EXCLUSIVE, BASE64],
        &[BASE64, EXCLUSIVE],
        &[ENVELOPED_SIGNATURE, EXCLUSIVE, EXCLUSIVE, EXCLUSIVE, EXCLUSIVE],
    ];
    let code = "signature.transform-not-allowed";
    let mut cases: Vec<_> = refused
        .into_iter()
        .map(|list| (code, referring("", list)))
        .collect();
    let six = [
        ENVELOPED_SIGNATURE,
        EXCLUSIVE,
        EXCLUSIVE,
        EXCLUSIVE,
        EXCLUSIVE,
        EXCLUSIVE,
    ];
    cases.push(("signature.too-many-transforms", referring("", &six)));
    cases
}

pub(super) fn references() -> Vec<(&'static str, Case)> {
    let mut cases = vec![];
    for uri in [
        "http://example.com/",
        "other.xml",
        "#",
        "#xpointer(//x)",
        "file:///etc/passwd",
    ] {
        cases.push(("signature.reference-external", referring(uri, &[EXCLUSIVE])));
    }
    let absent =
        with(|template| template.references = template.references.replace(" URI=\"\"", ""));
    cases.push(("signature.reference-external", absent));
    for uri in ["#y", "#X", "#x ", "#%78", "#xpointer(id('y'))"] {
        cases.push((
            "signature.reference-not-found",
            referring(uri, &[EXCLUSIVE]),
        ));
    }
    let named = Template::new(Key::rsa())
        .reference("#x", &[EXCLUSIVE])
        .text();
    for attribute in ["Id", "ID", "id", "AssertionID"] {
        let foreign = format!("xmlns:f=\"urn:f\" f:{attribute}=\"x\"");
        let alone = Case::of(&format!("<r><x {foreign}/>{named}</r>"));
        cases.push(("signature.reference-not-found", alone));
        let beside = format!("<r><x Id=\"x\"/><y {foreign}/>{named}</r>");
        cases.push(("valid", Case::of(&beside).requiring("/r/x")));
    }
    for second in [
        "<y Id=\"x\"/>",
        "<y ID=\"x\"/>",
        "<y id=\"x\"/>",
        "<y xml:id=\"x\"/>",
        "<y AssertionID=\"&#120;\"/>",
    ] {
        let text = format!("<r><x Id=\"x\"/>{second}{named}</r>");
        cases.push(("signature.id-not-unique", Case::of(&text).requiring("/r/x")));
    }
    let itself = format!("<r><x Id=\"x\" xml:id=\"x\"/>{named}</r>");
    cases.push(("signature.id-not-unique", Case::of(&itself)));
    let both = [ENVELOPED_SIGNATURE, EXCLUSIVE];
    cases.push(("signature.enveloped-outside", referring("#x", &both)));
    let template = Template::new(Key::rsa()).reference("#s", &both).text();
    let own = template.replace("<ds:Signature ", "<ds:Signature Id=\"s\" ");
    cases.push((
        "signature.enveloped-outside",
        Case::of(&format!("<r>{own}</r>")),
    ));
    cases.push(("signature.enveloped-outside", Case::of(&enveloped().text())));

    let many = |count: usize| {
        let all = (0..count).map(|index| format!("<x Id=\"x{index}\"/>"));
        let template = (0..count).fold(Template::new(Key::rsa()), |template, index| {
            template.reference(&format!("#x{index}"), &[EXCLUSIVE])
        });
        let text = format!("<r>{}{}</r>", all.collect::<String>(), template.text());
        Case::of(&text).requiring("/r/x")
    };
    cases.push(("valid", many(30)));
    cases.push(("signature.too-many-references", many(31)));
    let none = with(|template| template.references.clear());
    cases.push(("signature.no-references", none));
    let relative = enveloped().text();
    let relative = format!("<r xmlns:n=\"relative\">{relative}</r>");
    cases.push(("signature.canonicalization-failed", Case::of(&relative)));
    cases
}

pub(super) fn values() -> Vec<(&'static str, Case)> {
    let mut cases = vec![];
    for local in ["DigestValue", "SignatureValue", "X509Certificate"] {
        for value in [
            "QUI",
            "QUJ=",
            "Q!JD",
            "QU<!-- c -->JD",
            "QU<?p i?>JD",
            "QU<x/>JD",
            "<ds:x>QUJD</ds:x>",
        ] {
            cases.push(("signature.base64", replaced_value(local, value)));
        }
    }
    for text in ["no base64!", "QU<!-- c -->JD", "QU<?p i?>JD", "QU<y/>JD"] {
        let template = Template::new(Key::rsa()).reference("#x", &[BASE64]).text();
        let text = format!("<r><x Id=\"x\">{text}</x>{template}</r>");
        cases.push(("signature.base64", Case::of(&text)));
    }
    for value in ["", "AAAA", &"AAAA".repeat(64), &"QUJD".repeat(683)] {
        cases.push((
            "signature.value-length",
            replaced_value("SignatureValue", value),
        ));
    }
    let digest = replaced_value("DigestValue", "QUJD");
    cases.push(("signature.mismatch", digest));
    cases.push((
        "signature.mismatch",
        replaced_value("SignatureValue", &format!("{}QUI=", "QUJD".repeat(682))),
    ));
    let length = |octets: &[u8]| {
        let key = Key::p256();
        let text = sign(&format!("<r>{}</r>", Template::enveloped(key).text()), key);
        let (from, opening) = value_of("SignatureValue", &text);
        use base64::Engine;
        let value = base64::engine::general_purpose::STANDARD.encode(octets);
        Case::of(&text)
            .then(&from, &format!("{opening}{value}<"))
            .judged_by(Native::trusting(key))
    };
    let one = |at: usize| {
        let mut octets = vec![0; 64];
        octets[at] = 1;
        octets
    };
    // r or s of zero, an odd length, the DER of most libraries, lengths between the curves.
    for octets in [
        one(31),
        one(63),
        vec![1; 63],
        vec![1; 65],
        vec![1; 70],
        vec![1; 72],
        vec![1; 130],
    ] {
        cases.push(("signature.value-length", length(&octets)));
    }
    for octets in [vec![1; 64], vec![1; 96], vec![1; 132]] {
        cases.push(("signature.mismatch", length(&octets)));
    }
    cases
}

pub(super) fn keys() -> Vec<(&'static str, Case)> {
    let plain = || Case::signed(&enveloped());
    let anonymous = || with(|template| template.key_info.clear());
    let pinning = |pin: &[u8]| Native::pinning(&[pin]);
    let many = with(|template| {
        let (before, rest) = template.key_info.split_once("<ds:X509Data>").unwrap();
        let nine = "<ds:X509Certificate>QUJD</ds:X509Certificate>".repeat(9);
        template.key_info = format!("{before}<ds:X509Data>{nine}{rest}");
    });
    let unusable = |refusal: KeyRefusal| {
        let case = anonymous();
        case.judged_by(Native {
            unusable: Some(refusal),
            ..pinning(&Key::rsa().public)
        })
    };
    let short = unusable(KeyRefusal::TooShort);
    let unsupported = unusable(KeyRefusal::Unsupported("a curve".to_owned()));
    vec![
        ("valid", plain()),
        ("valid", anonymous().judged_by(pinning(&Key::rsa().public))),
        (
            "signature.key-missing",
            anonymous().judged_by(Native::default()),
        ),
        (
            "signature.key-unsuitable",
            anonymous().judged_by(pinning(&Key::p256().public)),
        ),
        ("signature.key-too-short", short),
        (
            "signature.mismatch",
            anonymous().judged_by(pinning(&Key::other_rsa().public)),
        ),
        (
            "signature.certificate-unreadable",
            anonymous().judged_by(pinning(b"neither")),
        ),
        ("signature.too-many-certificates", many),
        (
            "signature.untrusted",
            plain().refused_as(SignerRefusal::Untrusted),
        ),
        (
            "signature.certificate-expired",
            plain().refused_as(SignerRefusal::Expired),
        ),
        (
            "signature.certificate-not-yet-valid",
            plain().refused_as(SignerRefusal::NotYetValid),
        ),
        (
            "signature.certificate-revoked",
            plain().refused_as(SignerRefusal::Revoked),
        ),
        (
            "signature.revocation-unknown",
            plain().refused_as(SignerRefusal::RevocationUnknown("no list".to_owned())),
        ),
        (
            "signature.certificate-wrong-usage",
            plain().refused_as(SignerRefusal::WrongUsage("it has serverAuth".to_owned())),
        ),
        (
            "signature.certificate-unreadable",
            plain().refused_as(SignerRefusal::Unreadable),
        ),
        (
            "signature.certificate-not-acceptable",
            plain().refused_as(SignerRefusal::NotAcceptable("a rule".to_owned())),
        ),
        (
            "signature.certificate-unsupported",
            plain().refused_as(SignerRefusal::Unsupported("an extension".to_owned())),
        ),
        ("signature.key-unsupported", unsupported),
    ]
}

pub(super) fn coverage() -> Vec<(&'static str, Case)> {
    let part = || referring("#x", &[EXCLUSIVE]);
    let inside = || {
        let template = enveloped();
        let text = format!(
            "<r>{}</r>",
            template.text().replace(
                "</ds:Signature>",
                "<ds:Object><x/></ds:Object></ds:Signature>"
            )
        );
        Case::of(&text)
    };
    let several = format!("<r>{0}{0}</r>", enveloped().text());
    vec![
        ("valid", part().requiring("/r/x")),
        ("valid", Case::signed(&enveloped()).requiring("/r/x")),
        ("signature.uncovered", part()),
        ("signature.uncovered", part().requiring("/r")),
        (
            "signature.uncovered",
            part().then("</r>", "<x/></r>").requiring("/r/x"),
        ),
        (
            "signature.uncovered",
            inside().requiring("/r/Signature/Object/x"),
        ),
        (
            "signature.uncovered",
            Case::signed(&enveloped()).requiring("/r/Signature"),
        ),
        ("signature.required-missing", part().requiring("/r/y")),
        ("signature.required-missing", part().requiring("/r/x[2]")),
        (
            "signature.required-missing",
            part().requiring("/r/{urn:other}x"),
        ),
        (
            "signature.digest-mismatch",
            part().then(">content<", ">other<").requiring("/r/x"),
        ),
        (
            "signature.digest-mismatch",
            Case::signed(&enveloped()).then("</r>", " </r>"),
        ),
        (
            "signature.digest-mismatch",
            Case::signed(&enveloped()).then("<r>", "<?p i?><r>"),
        ),
        ("signature.mismatch", part().then("#x", "#y")),
        ("signature.missing", Case::of("<r/>")),
        ("signature.missing", Case::of("<r><Signature/></r>")),
        ("signature.several", Case::of(&several)),
        (
            "signature.several",
            Case::of(&format!(
                "<r>{}<Signature xmlns=\"{NAMESPACE}\"/></r>",
                enveloped().text()
            )),
        ),
        (
            "signature.structure",
            Case::of(&format!("<r><Signature xmlns=\"{NAMESPACE}\"/></r>")),
        ),
    ]
}
