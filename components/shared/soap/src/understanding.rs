// SPDX-License-Identifier: Apache-2.0
//! Which header blocks a receiver understands, and what of them it does not (SOAP 1.1 §4.2.3; SOAP 1.2 Part 1 §2.4, §2.6).

use std::fmt;
use std::str::FromStr;

use canonical_xml::{ElementRef, sorting::sort_by};

use crate::addressing::{self, AddressingFault, Delivery};
use crate::document::Envelope;

/// Header blocks that a receiver understands: of one name, or all of a namespace.
///
/// Written as `{namespace}local`, or as the namespace alone. Blocks of one name are taken as the operator's word: nobody looks into them. Of
/// the namespaces of [`ADDRESSING_NAMESPACES`](crate::ADDRESSING_NAMESPACES) only what is consistent is understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Understood {
    namespace: String,
    local: Option<String>,
}

/// A text that names no header blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "header blocks are named as `{{namespace}}local`, or all of a namespace by the namespace alone, which is an absolute URI"
)]
pub struct UnderstoodError;

impl FromStr for Understood {
    type Err = UnderstoodError;

    fn from_str(text: &str) -> Result<Self, UnderstoodError> {
        let (namespace, local) = match text.strip_prefix('{') {
            Some(rest) => {
                let (namespace, local) = rest.split_once('}').ok_or(UnderstoodError)?;
                (namespace, Some(local))
            }
            None => (text, None),
        };
        let is_absolute = namespace.split_once(':').is_some_and(|(scheme, rest)| {
            scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && !rest.is_empty()
        });
        let is_plain =
            !namespace.contains(|c: char| c.is_whitespace() || c.is_control() || "{}".contains(c));
        if !is_absolute || !is_plain || !local.is_none_or(canonical_xml::is_ncname) {
            return Err(UnderstoodError);
        }
        Ok(Self {
            namespace: namespace.to_owned(),
            local: local.map(str::to_owned),
        })
    }
}

impl fmt::Display for Understood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.local {
            Some(local) => write!(f, "{{{}}}{local}", self.namespace),
            None => f.write_str(&self.namespace),
        }
    }
}

/// Why a message is not processed, before its body is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderFault<'d> {
    /// These blocks are for us, must be understood, and are not; at least one.
    NotUnderstood(Vec<ElementRef<'d>>),
    /// WS-Addressing must be understood, and says what cannot be.
    Addressing(AddressingFault, ElementRef<'d>),
}

/// How far a block is understood.
enum Extent {
    Not,
    Word,
    Addressing,
}

impl<'d> Envelope<'d> {
    /// Judges the header blocks for us that must be understood. Those that need not be, and those for others, are passed over.
    ///
    /// # Errors
    ///
    /// See [`HeaderFault`]. A call is answered with a fault, [`MustUnderstand`](crate::StandardCode::MustUnderstand) or
    /// [`Sender`](crate::StandardCode::Sender); of an answer nothing is to be taken for true.
    pub fn judge_headers(
        &self,
        understood: &[Understood],
        delivery: Delivery<'_>,
    ) -> Result<(), HeaderFault<'d>> {
        let ours = self.blocks().iter().copied();
        let ours: Vec<_> = ours.filter(|block| self.is_for_us(*block, &[])).collect();
        let mandatory = ours
            .iter()
            .copied()
            .filter(|block| self.must_understand(*block));
        let (mut missing, mut addressing) = (Vec::new(), Vec::new());
        for block in mandatory {
            match extent(block, understood) {
                Extent::Not => missing.push(block),
                Extent::Word => {}
                Extent::Addressing => addressing.push(block.namespace()),
            }
        }
        if !missing.is_empty() {
            return Err(HeaderFault::NotUnderstood(missing));
        }
        // Who must understand one of its blocks must understand all: they are one message about the message. There are two versions.
        sort_by(&mut addressing, |one, other| one.cmp(other));
        addressing.dedup();
        addressing.into_iter().try_for_each(|namespace| {
            addressing::check(namespace, &ours, delivery)
                .map_err(|(fault, block)| HeaderFault::Addressing(fault, block))
        })
    }
}

fn extent(block: ElementRef<'_>, understood: &[Understood]) -> Extent {
    let mut extent = Extent::Not;
    for entry in understood
        .iter()
        .filter(|entry| entry.namespace == block.namespace())
    {
        match &entry.local {
            Some(local) if local == block.local() => return Extent::Word,
            Some(_) => {}
            None if addressing::is_addressing(block.namespace()) => {
                if addressing::is_known(block) {
                    extent = Extent::Addressing;
                }
            }
            None => return Extent::Word,
        }
    }
    extent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_blocks() {
        for text in ["urn:a", "http://a/b", "{urn:a}Token", "{http://a/b#c}T-1"] {
            let read: Understood = text.parse().unwrap();
            assert_eq!(read.to_string(), text);
        }
        for text in [
            "",
            "Token",
            "a",
            "{}",
            "{}a",
            "{urn:a}",
            "{urn:a",
            "{urn:a}a b",
            "{urn:a}a:b",
            "urn:a b",
            "{a}b",
            "1:a",
            "urn:",
        ] {
            assert_eq!(text.parse::<Understood>(), Err(UnderstoodError), "{text}");
        }
    }
}
