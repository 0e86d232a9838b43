// SPDX-License-Identifier: Apache-2.0
//! Numbers of lists (RFC 5280 §5.2.3), which have up to 20 octets.

use super::list::ListError;
use crate::trust::der::{Fields, INTEGER};

/// A number that is not negative. Its octets without zeros before them; fewer octets are less.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Number {
    size: usize,
    octets: Vec<u8>,
}

impl Number {
    /// Reads the INTEGER that is the whole of `value`.
    pub(super) fn read(value: &[u8]) -> Result<Self, ListError> {
        let mut fields = Fields::of(value);
        let content = fields.expect(INTEGER).ok_or(ListError::Unreadable)?;
        fields.end().ok_or(ListError::Unreadable)?;
        if content.first().is_none_or(|first| *first >= 0x80) {
            return Err(ListError::Unreadable);
        }
        let octets: Vec<u8> = content
            .iter()
            .copied()
            .skip_while(|octet| *octet == 0)
            .collect();
        Ok(Self {
            size: octets.len(),
            octets,
        })
    }
}
