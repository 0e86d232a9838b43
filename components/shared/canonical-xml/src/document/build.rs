// SPDX-License-Identifier: Apache-2.0
//! From parsing events to tables.

mod attributes;
mod builder;

use quick_xml::events::Event;

use crate::checks;
use crate::error::{Fault, ReadErrorKind};
use crate::limits::{Limit, Limits};
use crate::reading::Reading;

use super::arena::{AttributeData, Cut, ElementData, Special};
use super::parser::{hides, refusal};
use super::scopes::Scopes;
use super::tokens::{Next, Token, Tokens};
use builder::Builder;

/// The tables of a document.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) elements: Vec<ElementData>,
    pub(super) attributes: Vec<AttributeData>,
    pub(super) specials: Vec<Special>,
    pub(super) scopes: Scopes,
}

/// The result of building when markup, rather than text, was left in the source.
pub(super) enum Refused {
    Fault(Fault),
    CutInMarkup,
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Builds the tables of a document without byte order mark, which was read like this.
pub(super) fn build(
    text: &str,
    cuts: &[Cut],
    limits: &Limits,
    reading: &Reading,
) -> Result<Tables, Refused> {
    if let Some(offset) = checks::find_illegal(text) {
        return Err(Fault::new(offset, ReadErrorKind::IllegalCharacter).into());
    }
    // The parser would swallow it as a second byte order mark.
    if text.starts_with('\u{FEFF}') {
        return Err(Fault::new(0, ReadErrorKind::TextOutsideRoot).into());
    }
    let mut tokens = Tokens::new(text);
    let mut builder = Builder::new(text, limits, reading.declared);
    let mut cuts = Cuts::new(cuts);
    for _ in 0..limits.events {
        let start = tokens.at;
        match tokens.next(builder.open_name()) {
            Next::End => {
                cuts.pass(tokens.at, false)?;
                return Ok(builder.finish()?);
            }
            Next::Token(token) => {
                let is_text = matches!(token, Token::Text { .. });
                cuts.pass(tokens.at, is_text && builder.is_open())?;
                builder.token(token, start, tokens.at)?;
            }
            Next::Other => {
                let event = tokens.other().map_err(|(error, offset)| {
                    let fault = refusal(&error, offset, text);
                    match hides(cuts.next, &fault, text) {
                        true => Refused::CutInMarkup,
                        false => Refused::Fault(fault),
                    }
                })?;
                let is_text = matches!(event, Event::CData(_));
                cuts.pass(tokens.at, is_text && builder.is_open())?;
                builder.other(&event, start, tokens.at)?;
            }
        }
    }
    let start = tokens.at;
    match tokens.next(builder.open_name()) {
        Next::End => Ok(builder.finish()?),
        _ => {
            let kind = ReadErrorKind::limit(Limit::Events, limits.events);
            Err(Fault::new(start, kind).into())
        }
    }
}

/// The places where runs were cut out, in their order.
struct Cuts<'c> {
    /// The next one; past any text when there is none.
    next: usize,
    rest: &'c [Cut],
}

impl<'c> Cuts<'c> {
    fn new(cuts: &'c [Cut]) -> Self {
        let mut cuts = Self {
            next: 0,
            rest: cuts,
        };
        cuts.advance();
        cuts
    }

    fn advance(&mut self) {
        let first = self.rest.split_off_first();
        self.next = first.map_or(usize::MAX, |cut| cut.at as usize);
    }

    /// Goes on behind what ends at `end`. Text never ends right where a run was cut out, since some of the run follows; outside of the root, what
    /// was cut out need not be white space.
    #[inline]
    fn pass(&mut self, end: usize, is_content: bool) -> Result<(), Refused> {
        while self.next <= end {
            if !is_content {
                return Err(Refused::CutInMarkup);
            }
            self.advance();
        }
        Ok(())
    }
}
