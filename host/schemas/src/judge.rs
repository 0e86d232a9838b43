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
    /// What is wrong, each with its place and what was expected. Nothing of what the message says.
    pub violations: Vec<String>,
}

/// A message that could not be judged.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct NotJudged(String);

impl Package {
    /// Judges a message: what is in the body of SOAP, header blocks that the package declares, and each document that stands in it in base64 and that the package
    /// declares.
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
        for inner in leaves.filter_map(decoded) {
            let reading = Limits {
                bytes: inner.len(),
                text_length: inner.len(),
                ..limits
            };
            let is_ours =
                Document::parse(&inner, &reading).is_ok_and(|inner| self.declares(inner.root()));
            if is_ours {
                self.judge_document(&inner, judgement, depth + 1)?;
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

/// What an element has in base64, if it may be XML.
fn decoded(element: ElementRef<'_>) -> Option<Vec<u8>> {
    let text = element.text().to_str()?;
    // `<` in base64.
    if !text.trim_start().starts_with('P') {
        return None;
    }
    let text: String = text.split_whitespace().collect();
    STANDARD.decode(text).ok()
}
