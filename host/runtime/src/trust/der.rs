// SPDX-License-Identifier: Apache-2.0
//! DER (X.690 §10 and §11), element by element, with nothing left over: tags of one byte, lengths as short as they can be.

use rfc3339::Day;

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const ENUMERATED: u8 = 0x0A;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// Tag of a primitive element that a type numbers itself.
pub(super) const fn primitive(number: u8) -> u8 {
    0x80 | number
}

/// Tag of a constructed element that a type numbers itself.
pub(super) const fn constructed(number: u8) -> u8 {
    0xA0 | number
}

/// One element.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'a> {
    /// With its tag and length.
    pub(super) whole: &'a [u8],
    pub(super) tag: u8,
    /// Without them.
    pub(super) content: &'a [u8],
}

/// Elements one after another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn of(content: &'a [u8]) -> Self {
        Self(content)
    }

    /// Those within the element of that tag that is the whole of `bytes`.
    pub(super) fn within(bytes: &'a [u8], tag: u8) -> Option<Self> {
        let mut fields = Self(bytes);
        let content = fields.expect(tag)?;
        fields.end()?;
        Some(Self(content))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `None` unless all have been read.
    pub(super) fn end(&self) -> Option<()> {
        self.is_empty().then_some(())
    }

    /// The next; `None` at the end, and where none can be read.
    pub(super) fn next(&mut self) -> Option<Element<'a>> {
        let (element, rest) = split(self.0)?;
        self.0 = rest;
        Some(element)
    }

    /// The next if it has that tag.
    pub(super) fn next_if(&mut self, tag: u8) -> Option<Element<'a>> {
        (self.0.first() == Some(&tag)).then(|| self.next())?
    }

    /// Content of the next, which has to have that tag.
    pub(super) fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next_if(tag).map(|element| element.content)
    }

    /// What `read` makes of each of the rest; `None` if it cannot of any.
    pub(super) fn each<T>(
        mut self,
        mut read: impl FnMut(Element<'a>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut all = Vec::new();
        while !self.is_empty() {
            all.push(read(self.next()?)?);
        }
        Some(all)
    }
}

/// The first element, and what follows it.
fn split(bytes: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    if tag & 0x1F == 0x1F {
        return None;
    }
    let (&first, mut rest) = rest.split_first()?;
    let length = match first {
        0..=0x7F => usize::from(first),
        0x81..=0x84 => {
            let (digits, after) = rest.split_at_checked(usize::from(first & 0x7F))?;
            rest = after;
            let length = digits
                .iter()
                .fold(0_u64, |length, digit| length << 8 | u64::from(*digit));
            let is_shortest = length >= 0x80 && digits.first() != Some(&0);
            usize::try_from(length).ok().filter(|_| is_shortest)?
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    let whole = bytes.get(..bytes.len() - rest.len())?;
    let element = Element {
        whole,
        tag,
        content,
    };
    Some((element, rest))
}

/// A BOOLEAN.
pub(super) fn boolean(content: &[u8]) -> Option<bool> {
    match content {
        [0] => Some(false),
        [0xFF] => Some(true),
        _ => None,
    }
}

/// An INTEGER that is not negative; the largest there is for all that are larger.
pub(super) fn unsigned(content: &[u8]) -> Option<u32> {
    let digits = match content {
        [0, second, ..] if *second < 0x80 => return None,
        [first, ..] if *first >= 0x80 => return None,
        [] => return None,
        digits => digits,
    };
    let value = digits.iter().fold(0_u32, |value, digit| {
        match value.leading_zeros() >= u8::BITS {
            true => value << 8 | u32::from(*digit),
            false => u32::MAX,
        }
    });
    Some(value)
}

/// A BIT STRING of up to 16 named bits, the first of them the highest.
pub(super) fn bits(content: &[u8]) -> Option<u16> {
    let (&unused, octets) = content.split_first()?;
    if unused > 7 || octets.is_empty() && unused != 0 {
        return None;
    }
    let byte = |place: usize| u16::from(octets.get(place).copied().unwrap_or(0));
    let last = octets.last().copied().unwrap_or(0);
    (last.trailing_zeros() >= u32::from(unused)).then(|| byte(0) << 8 | byte(1))
}

/// Octets of a BIT STRING without unused bits.
pub(super) fn octets(content: &[u8]) -> Option<&[u8]> {
    let (unused, octets) = content.split_first()?;
    (*unused == 0).then_some(octets)
}

/// UTCTime or GeneralizedTime as RFC 5280 §4.1.2.5 writes them, in seconds since 1970.
pub(super) fn time(element: Element<'_>) -> Option<i64> {
    let digits = element.content.strip_suffix(b"Z")?;
    let (year, rest) = match element.tag {
        UTC_TIME => {
            let (year, rest) = number(digits, 2)?;
            (if year < 50 { 2000 + year } else { 1900 + year }, rest)
        }
        GENERALIZED_TIME => number(digits, 4)?,
        _ => return None,
    };
    let (month, rest) = number(rest, 2)?;
    let (day, rest) = number(rest, 2)?;
    let (hour, rest) = number(rest, 2)?;
    let (minute, rest) = number(rest, 2)?;
    let (second, rest) = number(rest, 2)?;
    let day = Day::new(
        year.try_into().ok()?,
        month.try_into().ok()?,
        day.try_into().ok()?,
    )?;
    let is_time = rest.is_empty() && hour < 24 && minute < 60 && second < 60;
    is_time.then(|| ((day.number() * 24 + hour) * 60 + minute) * 60 + second)
}

fn number(digits: &[u8], count: usize) -> Option<(i64, &[u8])> {
    let (digits, rest) = digits.split_at_checked(count)?;
    let value = digits.iter().try_fold(0, |value, digit| {
        let digit = digit.is_ascii_digit().then(|| digit - b'0')?;
        Some(value * 10 + i64::from(digit))
    })?;
    Some((value, rest))
}
