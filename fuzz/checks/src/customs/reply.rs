// SPDX-License-Identifier: Apache-2.0
//! Application responses, what vouches for them, and what they hold.

use std::convert::Infallible;
use std::ops::Range;

use canonical_xml::{Document, ElementRef};
use roxmltree::Node;
use tulli::wire::{Judgement, Reply, ReplySignature, Settings, judge, read_message, read_reply};
use xml_signature::{
    Backend, Digestible, KeyRefusal, NAMESPACE, SignerRefusal, Undigestible, VerificationAlgorithm,
    VerificationDigest,
};

use super::{Body, archive, check_error, decoded, load, strict};
use crate::memory::Memory;
use crate::peer;

/// As [`check`], of what stands in base64 elsewhere.
pub(super) fn check_bytes(bytes: &[u8]) {
    let text = peer::prepared(bytes);
    let other = text.as_deref().map(roxmltree::Document::parse);
    let other = other.and_then(Result::ok);
    let other = other.as_ref().map(roxmltree::Document::root_element);
    check(bytes, &load(bytes), other);
}

/// Panics unless a reply has parts, which are elements of it, each of a media type; and no signature vouches for what it does not
/// cover, or for anybody who is not trusted.
pub(super) fn check(bytes: &[u8], body: &Body, other: Option<Node<'_, '_>>) {
    if let Ok(document) = body {
        check_message(document);
    }
    for settings in [Settings::usual(), strict()] {
        let reply = match read_reply(&settings, body) {
            Ok(reply) => reply,
            Err(error) => {
                check_error(&error);
                continue;
            }
        };
        let Ok(document) = body else {
            panic!("a reply is read from what is no document");
        };
        check_parts(&settings, document, &reply);
        if let Some(other) = other {
            let is_signature =
                |element: Node<'_, '_>| element.has_tag_name((NAMESPACE, "Signature"));
            let is_signed = peer::elements(other.document()).any(is_signature);
            assert_eq!(reply.is_signed, is_signed);
        }
        check_judgement(settings, (bytes, document), &reply);
        check_contents(&reply);
    }
}

fn check_parts<'d>(settings: &Settings, document: &'d Document<'d>, reply: &Reply<'d>) {
    let mut contents = reply.parts.iter().map(|part| part.content);
    assert!((1..=100).contains(&reply.parts.len()));
    assert!(
        contents
            .clone()
            .is_sorted_by_key(|content| content.span().start),
        "the parts are not in the order of the document"
    );
    let namespace = settings.wire.application_namespace.as_deref();
    assert!(contents.clone().all(|content| content.local() == "Content"
        && namespace.is_none_or(|namespace| content.namespace() == namespace)));
    // One below another would be handed out twice.
    let depth = |content: ElementRef<'d>| {
        std::iter::successors(content.parent(), |element| element.parent()).count()
    };
    assert!(contents.clone().all(|content| depth(content) <= 2));
    assert!(contents.all(|content| document.elements().any(|element| element == content)));
    for part in &reply.parts {
        let names: Vec<_> = part.media_type.split('/').collect();
        assert_eq!(names.len(), 2, "{}", part.media_type);
        let is_name = |name: &&str| {
            let is_odd = |c: char| !c.is_ascii_graphic() || "()<>@,;:\\\"/[]?=".contains(c);
            !name.is_empty() && !name.contains(is_odd)
        };
        assert!(names.iter().all(is_name), "{}", part.media_type);
    }
}

fn check_judgement(
    mut settings: Settings,
    (bytes, document): (&[u8], &Document<'_>),
    reply: &Reply<'_>,
) {
    use ReplySignature::{NotJudged, Required, VerifiedIfPresent};
    for demand in [Required, VerifiedIfPresent, NotJudged] {
        settings.reply.signature = demand;
        let judged = |trust| {
            let mut anybody = Anybody { bytes, trust };
            judge(&settings, document, reply, &mut anybody)
        };
        match judged(false) {
            Ok(Judgement::Verified(_)) => panic!("a signature of nobody vouches for a reply"),
            Ok(Judgement::Absent) => assert!(demand == VerifiedIfPresent && !reply.is_signed),
            Ok(Judgement::NotJudged) => assert_eq!(demand, NotJudged),
            Err(_) => assert_ne!(demand, NotJudged),
        }
        if let Ok(Judgement::Verified(verified)) = judged(true) {
            assert!(reply.is_signed && demand != NotJudged);
            for part in &reply.parts {
                let vouched = verified.view(part.content);
                let vouched =
                    vouched.map(|content| content.text().pieces().eq(part.content.text().pieces()));
                assert_eq!(vouched, Some(true), "{}", part.content.path());
            }
        }
    }
}

/// Each content is taken for what it may be.
fn check_contents(reply: &Reply<'_>) {
    let texts = reply
        .parts
        .iter()
        .filter_map(|part| part.content.text().to_str());
    for content in texts.filter_map(|text| decoded(&text)) {
        archive::check(&content);
        if let Ok(document) = load(&content) {
            check_message(&document);
        }
    }
}

/// What a message is comes from its root, and what it says of errors is of measure.
fn check_message(document: &Document<'_>) {
    let message = read_message(&Settings::usual(), document);
    assert!(document.root().is(&message.namespace, &message.name));
    assert_eq!(
        message.schema_errors.is_some(),
        message.name == "DmeErrorMessage"
    );
    let errors = message.schema_errors.unwrap_or_default();
    assert!(errors.len() <= 200);
    assert!(errors.iter().all(|(_, text)| text.chars().count() <= 1000));
}

/// Takes every signature for right and zeros for every digest, so that edits reach what only a trusted signature gets to. Whether it
/// trusts whoever signed is told.
struct Anybody<'b> {
    bytes: &'b [u8],
    trust: bool,
}

impl Backend for Anybody<'_> {
    type Error = Infallible;
    type Signer = ();

    fn digest(
        &mut self,
        algorithm: VerificationDigest,
        _: Digestible<'_>,
    ) -> Result<Result<Vec<u8>, Undigestible>, Infallible> {
        Ok(Ok(vec![0; algorithm.length()]))
    }

    fn read(&mut self, range: Range<u64>, into: &mut Vec<u8>) -> Result<(), Infallible> {
        into.extend_from_slice(Memory(self.bytes).slice(range));
        Ok(())
    }

    fn pinned(&mut self) -> Result<Vec<Vec<u8>>, Infallible> {
        Ok(Vec::new())
    }

    fn verify(
        &mut self,
        _: VerificationAlgorithm,
        _: &[u8],
        _: &[u8],
        _: &[u8],
    ) -> Result<Result<(), KeyRefusal>, Infallible> {
        Ok(Ok(()))
    }

    fn identify(&mut self, _: &[&[u8]]) -> Result<Result<(), SignerRefusal>, Infallible> {
        Ok(match self.trust {
            true => Ok(()),
            false => Err(SignerRefusal::Untrusted),
        })
    }
}
