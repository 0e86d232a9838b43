// SPDX-License-Identifier: Apache-2.0
//! What the component says of itself.

use agency_guest::{
    describe::{limits, reading_operation},
    exports::descriptor::{
        AnchorSet, Description, Document, Exercise, Expectation, KeyRole, Operation, ParseExercise,
        SelfTest, Title,
    },
    json,
};
use canonical_xml::Limits;

use crate::settings::Settings;

/// Verifies a document's signature.
pub(crate) const VERIFY: &str = "verify";

/// Canonicalises a document or a part of it.
pub(crate) const CANONICALIZE: &str = "canonicalize";

/// Signs a document.
pub(crate) const SIGN: &str = "sign";

/// The key role that signs.
pub(crate) const SIGNER: &str = "signer";

/// The anchor set by which signers are judged.
pub(crate) const SIGNERS: &str = "signers";

/// Largest document.
const LARGEST_DOCUMENT: u64 = 256 << 20;

/// Bounds on documents: wide, because people look into all sorts of them. What a call may use in all is the host's to say.
pub(crate) const LIMITS: Limits = Limits {
    bytes: 64 << 20,
    depth: 256,
    attributes: 256,
    name_length: 1024,
    value_length: 1 << 20,
    text_length: 64 << 20,
    events: 16 << 20,
    namespaces: 128,
};

pub(crate) fn description() -> Description {
    let title = |language: &str, text: &str| Title {
        language: language.into(),
        text: text.into(),
    };
    Description {
        agency: "xml-inspector".into(),
        titles: vec![
            title("en", "XML inspector: signatures and canonical forms"),
            title("fi", "XML-tarkastin: allekirjoitukset ja kanoniset muodot"),
        ],
        version: env!("CARGO_PKG_VERSION").into(),
        documents: documents(),
        operations: vec![
            operation(
                VERIFY,
                "Verifies the signatures of a document, or one of them, and that they cover what they have to.",
            ),
            operation(
                CANONICALIZE,
                "Hands out the canonical octets of a document or of an element in it.",
            ),
            operation(
                SIGN,
                "Signs a document, an element of it, or a SOAP message with WS-Security, and verifies the result.",
            ),
        ],
        events: Vec::new(),
        key_roles: vec![KeyRole {
            name: SIGNER.into(),
            purpose: "signs documents".into(),
            required: false,
        }],
        anchor_sets: vec![AnchorSet {
            name: SIGNERS.into(),
            purpose: "issuers of signers' certificates, and pinned certificates and keys; of `sign`, its own certificate".into(),
            required: false,
        }],
        secret_roles: Vec::new(),
        settings_schema: json::schema::<Settings>(),
        self_tests: self_tests(),
    }
}

fn documents() -> Vec<Document> {
    let document = |title: &str, version: &str, coverage: &str| Document {
        title: title.into(),
        version: version.into(),
        coverage: coverage.into(),
    };
    vec![
        document(
            "XML Signature Syntax and Processing",
            "1.1, 11.4.2013",
            "Signatures over the document or elements of it by Id, with RSA and ECDSA: verified and made. Not: HMAC, DSA, XSLT, XPath, external references.",
        ),
        document(
            "Web Services Security: SOAP Message Security, with the X.509 Certificate Token Profile",
            "1.0, 15.3.2004",
            "Signatures over timestamp, token and body, and tokens beside signatures. Not: encryption, other tokens, STR-Transform.",
        ),
        document(
            "Canonical XML",
            "1.0, 15.3.2001",
            "With and without comments, documents and subtrees.",
        ),
        document(
            "Canonical XML",
            "1.1, 2.5.2008",
            "As 1.0; not: xml:base around a subtree.",
        ),
        document(
            "Exclusive XML Canonicalization",
            "1.0, 18.7.2002",
            "With and without comments and PrefixList.",
        ),
    ]
}

/// Nothing is sent; what `parse` is given is the document.
fn operation(name: &str, summary: &str) -> Operation {
    let parameters = r#"{"type": "object", "maxProperties": 0}"#.into();
    reading_operation(name, summary, parameters, limits(60_000, LARGEST_DOCUMENT))
}

fn self_tests() -> Vec<SelfTest> {
    let test = |name: &str, settings: &str, operation: &str, body: &str, expectation| SelfTest {
        name: name.into(),
        settings: settings.into(),
        exercise: Exercise::Parse(ParseExercise {
            operation: operation.into(),
            status: 200,
            headers: Vec::new(),
            body: body.into(),
        }),
        expectation,
    };
    let exclusive = r#"{"canonicalize": {"algorithm": "http://www.w3.org/2001/10/xml-exc-c14n#"}}"#;
    vec![
        test(
            "an unsigned document does not pass",
            "{}",
            VERIFY,
            "<a/>",
            Expectation::Outcome("signature.missing".into()),
        ),
        test(
            "what is not XML does not pass",
            "{}",
            VERIFY,
            "<a>",
            Expectation::Outcome("xml.malformed".into()),
        ),
        test(
            "a document has a canonical form",
            exclusive,
            CANONICALIZE,
            "<a/>",
            Expectation::Outcome("canonical".into()),
        ),
        test(
            "what is not in the document is not signed",
            r#"{"sign": {"path": "/a/b"}}"#,
            SIGN,
            "<a/>",
            Expectation::Problem("path.not-found".into()),
        ),
        test(
            "a document type is refused",
            exclusive,
            CANONICALIZE,
            "<!DOCTYPE a><a/>",
            Expectation::Problem("xml.document-type".into()),
        ),
    ]
}
