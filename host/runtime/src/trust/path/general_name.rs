// SPDX-License-Identifier: Apache-2.0
//! GeneralName (RFC 5280 §4.2.1.6).

use super::name::Name;
use crate::trust::der::{Element, Fields, SEQUENCE, constructed, primitive};

/// A name of one of several kinds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum GeneralName<'a> {
    Email(&'a str),
    Dns(&'a str),
    Directory(Name),
    Uri(&'a str),
    Ip(&'a [u8]),
    /// One of a kind that is only told apart from others: the number of its choice.
    Other(u8),
}

impl<'a> GeneralName<'a> {
    pub(super) fn read(element: Element<'a>) -> Option<Self> {
        const EMAIL: u8 = primitive(1);
        const DNS: u8 = primitive(2);
        const DIRECTORY: u8 = constructed(4);
        const URI: u8 = primitive(6);
        const IP: u8 = primitive(7);
        const REGISTERED: u8 = primitive(8);
        let content = element.content;
        // IA5String is ASCII.
        let text = || {
            let text = std::str::from_utf8(content).ok();
            text.filter(|text| text.is_ascii())
        };
        Some(match element.tag {
            EMAIL => Self::Email(text()?),
            DNS => Self::Dns(text()?),
            DIRECTORY => Self::Directory(Name::read(content)?),
            URI => Self::Uri(text()?),
            IP => Self::Ip(content),
            REGISTERED => Self::Other(8),
            // otherName, x400Address, ediPartyName.
            tag @ (0xA0 | 0xA3 | 0xA5) => Self::Other(tag & 0x1F),
            _ => return None,
        })
    }

    /// GeneralNames ::= SEQUENCE SIZE (1..MAX) OF GeneralName, the whole of `der`.
    pub(super) fn read_all(der: &'a [u8]) -> Option<Vec<Self>> {
        let names = Fields::within(der, SEQUENCE)?.each(Self::read)?;
        (!names.is_empty()).then_some(names)
    }

    /// What its kind is called.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Email(_) => "rfc822Name",
            Self::Dns(_) => "dNSName",
            Self::Directory(_) => "directoryName",
            Self::Uri(_) => "uniformResourceIdentifier",
            Self::Ip(_) => "iPAddress",
            Self::Other(0) => "otherName",
            Self::Other(3) => "x400Address",
            Self::Other(5) => "ediPartyName",
            Self::Other(_) => "registeredID",
        }
    }
}
