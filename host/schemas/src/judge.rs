// SPDX-License-Identifier: Apache-2.0
//! Messages judged by a package.

use base64::{Engine, engine::general_purpose::STANDARD};
use canonical_xml::{Document, ElementRef, Limits};
use thiserror::Error;

use crate::Package;

/// Namespaces of SOAP envelopes.
const SOAP: [&str; 2] = [
    "http://schemas.xmlsoap.org/soap/envelope/",
    "http://www.w3.org/2003/05/soap-envelope",
];

/// Documents within documents, in base64: more are none of ours.
const DEEPEST: usize = 3;

/// How a message came out that was judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judgement {
    /// The elements that were judged: those of body and header, and documents within, in base64.
    pub judged: Vec<String>,
    /// How many of them are documents within the message itself, in base64.
    pub documents: usize,
    /// Documents within, in base64, whose root the package does not declare, or that cannot be read: the element around each, and the name of the root. Right for a
    /// payload, wrong for what the agency's own schemas are about.
    pub not_judged: Vec<String>,
    /// What is wrong, each with its place and what was expected. Nothing of what the message says.
    pub violations: Vec<String>,
}

/// A message that could not be judged.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct NotJudged(String);

impl Package {
    /// Judges a message: what is in the body of SOAP, header blocks that the package declares, and each document that stands in it in base64 and that the package
    /// declares. Other documents in base64 are named.
    ///
    /// # Errors
    /// [`NotJudged`] for what is no XML, or over a limit of the validator.
    pub fn judge(&self, message: &[u8]) -> Result<Judgement, NotJudged> {
        let mut judgement = Judgement::default();
        self.judge_document(message, &mut judgement, 0)?;
        Ok(judgement)
    }

    fn judge_document(
        &self,
        bytes: &[u8],
        judgement: &mut Judgement,
        depth: usize,
    ) -> Result<(), NotJudged> {
        let limits = Limits {
            bytes: bytes.len(),
            text_length: bytes.len(),
            ..Limits::default()
        };
        let document = Document::parse(bytes, &limits);
        let document = document.map_err(|error| NotJudged(error.to_string()))?;
        for element in self.judged(&document) {
            let found = self.schema().validate_element(element);
            let found = found.map_err(|error| NotJudged(error.to_string()))?;
            judgement.judged.push(element.local().to_owned());
            let told = found.iter().map(ToString::to_string);
            judgement.violations.extend(told);
        }
        if depth >= DEEPEST {
            return Ok(());
        }
        let leaves = document
            .elements()
            .filter(|element| element.children().next().is_none());
        for leaf in leaves {
            let Some(inner) = decoded(leaf) else { continue };
            let reading = Limits {
                bytes: inner.len(),
                text_length: inner.len(),
                ..limits
            };
            let around = leaf.local();
            match Document::parse(&inner, &reading) {
                Ok(read) if self.declares(read.root()) => {
                    judgement.documents += usize::from(depth == 0);
                    self.judge_document(&inner, judgement, depth + 1)?;
                }
                Ok(read) => judgement.not_judged.push(format!(
                    "the document in {around}: its element {} of the namespace `{}` is not in the package",
                    read.root().local(),
                    read.root().namespace()
                )),
                Err(error) => {
                    let told = format!("the document in {around}: {error}");
                    judgement.not_judged.push(told);
                }
            }
        }
        Ok(())
    }

    /// Of SOAP what is in it, of anything else the root.
    fn judged<'d>(&self, document: &'d Document<'d>) -> Vec<ElementRef<'d>> {
        let root = document.root();
        if !(SOAP.contains(&root.namespace()) && root.local() == "Envelope") {
            return vec![root];
        }
        let is_judged = |part: ElementRef<'d>, element: &ElementRef<'d>| {
            part.local() == "Body" || self.declares(*element)
        };
        let parts = root.children();
        let within = parts.flat_map(|part| {
            part.children()
                .filter(move |element| is_judged(part, element))
        });
        within.collect()
    }

    fn declares(&self, element: ElementRef<'_>) -> bool {
        self.schema()
            .has_element(element.namespace(), element.local())
    }
}

/// What an element has in base64, if it begins as XML does, with a byte order mark or without.
fn decoded(element: ElementRef<'_>) -> Option<Vec<u8>> {
    let text: String = element.text().to_str()?.split_whitespace().collect();
    let bytes = STANDARD.decode(text).ok()?;
    let rest = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    let is_wide = bytes.starts_with(b"\xFF\xFE<") || bytes.starts_with(b"\xFE\xFF\0<");
    (is_wide || rest.trim_ascii_start().starts_with(b"<")).then_some(bytes)
}
