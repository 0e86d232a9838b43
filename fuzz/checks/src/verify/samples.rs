// SPDX-License-Identifier: Apache-2.0
//! Documents that are signed, and what of them is.

mod by_hand;

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::LazyLock;

use canonical_xml::{
    Canonicalization, CanonicalizeError, Document, ElementRef, Limits, Method, Path, canonicalize,
};
use xml_signature::{
    CanonicalForm, DigestAlgorithm, DocumentSigning, Place, Policy, SignatureAlgorithm, Target,
    prepare_document, verify,
};

use crate::choices::Choices;

use super::backend::{Fake, Key, hash, sha};
use super::told;

/// A signed document and all that may ever be taken for signed by its signature.
pub(super) struct Sample {
    pub(super) bytes: Vec<u8>,
    pub(super) policy: Policy,
    pub(super) signer: Key,
    pub(super) value: Vec<u8>,
    /// What was digested.
    pub(super) octets: BTreeSet<Vec<u8>>,
    /// What can be read of the elements that the references name.
    pub(super) covered: Vec<String>,
    /// What can be read where something is required; no path is the root.
    pub(super) required: Vec<(Option<Path>, Vec<String>)>,
}

/// The sample that an input chooses.
pub(super) fn pick(choices: &mut Choices<'_>) -> Option<&'static Sample> {
    static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(all);
    let choice = usize::from(choices.byte()?);
    SAMPLES.get(choice.checked_rem(SAMPLES.len())?)
}

fn all() -> Vec<Sample> {
    let big = format!("<r><id>1</id><file>{}</file></r>", "QUJD".repeat(10_000));
    vec![
        order(),
        Sample::of(enveloped(&big, Key::Pinned), &[], Key::Pinned),
        message(),
        inclusive(),
        Sample::of(by_hand::comments(), &["/r/commented"], Key::Pinned),
        Sample::of(by_hand::encoded(), &["/r/named"], Key::Pinned),
        Sample::of(
            by_hand::referenced_object(),
            &["/r/Signature/Object/note"],
            Key::Pinned,
        ),
    ]
}

impl Sample {
    /// A signed document, which has to count as it is.
    fn of(bytes: Vec<u8>, required: &[&str], signer: Key) -> Self {
        let required: Vec<Path> = required
            .iter()
            .filter_map(|path| path.parse().ok())
            .collect();
        let policy = Policy {
            required: required.clone(),
            ..Policy::default()
        };
        let mut backend = Fake::of(&bytes);
        let document = parse(&bytes);
        let (mut covered, mut value) = (Vec::new(), Vec::new());
        let mut all = Vec::new();
        match verify(&document, &policy, &mut backend) {
            Ok(verified) => {
                let read = |element: ElementRef<'_>| told(verified.view(element)?);
                let elements = verified.covered().iter().filter_map(|part| part.element());
                covered.extend(elements.filter_map(told));
                value.extend_from_slice(verified.signature_value());
                for path in required {
                    let found = document.find(&path).into_iter().filter_map(read);
                    all.push((Some(path.clone()), found.collect()));
                }
                if all.is_empty() {
                    all.push((None, read(document.root()).into_iter().collect()));
                }
            }
            Err(failure) => panic!("a sample does not count: {failure}"),
        }
        assert!(all.iter().all(|(_, found): &(_, Vec<_>)| found.len() == 1));
        let octets = backend.digested.into_iter().collect();
        Self {
            bytes,
            policy,
            signer,
            value,
            octets,
            covered,
            required: all,
        }
    }
}

/// A document with markup of every kind, signed as a whole.
fn order() -> Sample {
    let text = "<?xml version=\"1.0\"?>\n<!-- before --><?before x?>\n\
        <o:Order xmlns:o=\"urn:example:order\" xmlns='urn:example' Id='o' xml:lang=\"fi\" empty=\"\">\n  \
        <o:Item n='1' o:kind=\"&lt;&#9;&quot;\">two &amp; <![CDATA[<three>]]>&#13;</o:Item>\n  \
        <Item><!-- within -->x<?within y?></Item>\r\n  <o:Item n='2'/><plain xmlns=''>1</plain>\n</o:Order>\n<?behind?>";
    Sample::of(enveloped(text, Key::Certified), &[], Key::Certified)
}

/// A SOAP message of which body and time are signed, the signature in the header.
fn message() -> Sample {
    let text = "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" \
        xmlns:u=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd\">\
        <s:Header><Security xmlns=\"urn:security\"><u:Timestamp u:Id=\"time\"><u:Created>2026-01-01T00:00:00Z</u:Created>\
        </u:Timestamp></Security></s:Header><s:Body u:Id=\"body\"><pay xmlns=\"urn:pay\"><to Id=\"to\">FI1</to><sum>10.00</sum></pay>\
        </s:Body></s:Envelope>";
    let document = parse(text.as_bytes());
    let body = find(&document, "/Envelope/Body");
    let time = find(&document, "/Envelope/Header/Security/Timestamp");
    let targets = [body, time].into_iter().flatten();
    let targets = targets.map(|element| Target::element(element, DigestAlgorithm::Sha256));
    let targets = targets.collect();
    let place = Place::After(time.unwrap_or_else(|| document.root()));
    let bytes = signed(text, &document, targets, place, Key::Certified);
    let required = ["/Envelope/Body", "/Envelope/Header/Security/Timestamp"];
    Sample::of(bytes, &required, Key::Certified)
}

/// An element signed in the form that takes the context along.
fn inclusive() -> Sample {
    let text = "<r xmlns='urn:r' xmlns:p='urn:p' xmlns:unused=\"urn:u\" xml:lang='fi' xml:space='preserve'>\
        <meta>1</meta><part id='part'> <p:a p:b=\"1\"/> <b xmlns=''/> </part></r>";
    let document = parse(text.as_bytes());
    let part = find(&document, "/r/part").unwrap_or_else(|| document.root());
    let target = Target::element(part, DigestAlgorithm::Sha512);
    let target = target.with_canonicalization(Canonicalization::new(Method::Inclusive));
    let place = Place::Before(part);
    let bytes = signed(text, &document, vec![target], place, Key::Pinned);
    Sample::of(bytes, &["/r/part"], Key::Pinned)
}

/// A whole document with a signature last in its root.
fn enveloped(text: &str, key: Key) -> Vec<u8> {
    let document = parse(text.as_bytes());
    let targets = vec![Target::document(DigestAlgorithm::Sha256)];
    let place = Place::LastIn(document.root());
    signed(text, &document, targets, place, key)
}

fn signed(
    text: &str,
    document: &Document<'_>,
    targets: Vec<Target<'_>>,
    place: Place<'_>,
    key: Key,
) -> Vec<u8> {
    let certificate = || key.certificate().to_vec();
    let signing = DocumentSigning {
        targets,
        place,
        certificates: (key == Key::Certified)
            .then(certificate)
            .into_iter()
            .collect(),
        ..DocumentSigning::new(document, SignatureAlgorithm::RsaSha256)
    };
    let prepared = prepare_document(signing, |algorithm, form| {
        Ok::<_, Infallible>(digest(algorithm, form))
    });
    let insertion = prepared.map(|prepared| {
        let value = key.sign(prepared.signed_info());
        prepared.complete(&value)
    });
    match insertion {
        Ok(Ok(insertion)) => insertion.apply(text.as_bytes()).unwrap_or_default(),
        other => panic!("a sample cannot be signed: {other:?}"),
    }
}

fn digest(
    algorithm: DigestAlgorithm,
    form: CanonicalForm<'_>,
) -> Result<Vec<u8>, CanonicalizeError> {
    let mut octets = Vec::new();
    canonicalize(&form.subset(), form.canonicalization(), &mut octets)?;
    Ok(sha(hash(algorithm), &octets))
}

fn find<'d>(document: &'d Document<'_>, path: &str) -> Option<ElementRef<'d>> {
    let path = path.parse().ok()?;
    document.find(&path).into_iter().next()
}

fn parse(bytes: &[u8]) -> Document<'_> {
    match Document::parse(bytes, &Limits::default()) {
        Ok(document) => document,
        Err(error) => panic!("a sample cannot be read: {error}"),
    }
}
