// SPDX-License-Identifier: Apache-2.0
//! The shape of a personal identity code.

use std::ops::Range;

use super::characters::Character;

/// What a character can be in a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Digit(u8),
    /// In capitals.
    Letter(u8),
    /// A dash, a minus or a plus.
    Sign,
    /// Characters that take no part: blanks, and those that nobody sees.
    Gap(Gap),
    Other,
}

/// What is in a run of characters that take no part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Gap {
    /// At least one blank.
    blank: bool,
    /// At least one soft hyphen, which is a hyphen to whoever sees it.
    soft_hyphen: bool,
}

/// A character, or a whole run of those that take no part, so that a code has a bounded number of them.
#[derive(Debug, Clone)]
struct Unit {
    kind: Kind,
    place: Range<usize>,
}

/// Where something that looks like a code stands, overlapping ones included.
pub(super) fn codes(characters: &[Character]) -> Vec<Range<usize>> {
    let units = units(characters);
    let code = |start| {
        let first: &Unit = units.get(start)?;
        let last = units.get(Reading::of(&units, start)?)?;
        Some(first.place.start..last.place.end)
    };
    (0..units.len()).filter_map(code).collect()
}

fn units(characters: &[Character]) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::with_capacity(characters.len());
    for character in characters {
        let kind = kind(character.meant);
        if let (Kind::Gap(more), Some(last)) = (kind, units.last_mut())
            && let Kind::Gap(gap) = &mut last.kind
        {
            gap.blank |= more.blank;
            gap.soft_hyphen |= more.soft_hyphen;
            last.place.end = character.place.end;
            continue;
        }
        let place = character.place.clone();
        units.push(Unit { kind, place });
    }
    units
}

fn kind(c: char) -> Kind {
    let gap = |blank, soft_hyphen| Kind::Gap(Gap { blank, soft_hyphen });
    match c {
        '0'..='9' => Kind::Digit(c as u8 - b'0'),
        'A'..='Z' | 'a'..='z' => Kind::Letter(c.to_ascii_uppercase() as u8),
        '\u{AD}' => gap(false, true),
        _ if is_sign(c) => Kind::Sign,
        _ if c.is_whitespace() => gap(true, false),
        _ if is_unseen(c) => gap(false, false),
        _ => Kind::Other,
    }
}

/// Dashes, hyphens and minus signs, and plus signs.
fn is_sign(c: char) -> bool {
    matches!(
        c,
        '-' | '+' | '\u{2010}'
            ..='\u{2015}'
                | '\u{02D7}'
                | '\u{058A}'
                | '\u{1806}'
                | '\u{2043}'
                | '\u{2212}'
                | '\u{207A}'
                | '\u{207B}'
                | '\u{208A}'
                | '\u{208B}'
                | '\u{2795}'
                | '\u{2796}'
                | '\u{2E3A}'
                | '\u{2E3B}'
                | '\u{FE31}'
                | '\u{FE32}'
                | '\u{FE58}'
                | '\u{FE62}'
                | '\u{FE63}'
    )
}

/// Characters without a shape of their own: zero-width ones, marks of direction, joiners, selectors, controls.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{034F}' | '\u{061C}' | '\u{180B}'..='\u{180E}'
                | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
                | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
                | '\u{E0000}'..='\u{E0FFF}'
        )
}

/// How far a code has been read.
struct Reading<'a> {
    units: &'a [Unit],
    at: usize,
    /// Its digits so far, as one number.
    number: u32,
    /// Whether only the circumstances can tell the code from other numbers.
    is_loose: bool,
    /// Whether blanks stand where the sign belongs: many numbers are written like that.
    has_no_sign: bool,
}

/// More than one sign is a slip of the finger.
const SIGNS_AT_MOST: usize = 3;

impl<'a> Reading<'a> {
    /// The last unit of a code that begins at `start`.
    fn of(units: &'a [Unit], start: usize) -> Option<usize> {
        let mut reading = Self {
            units,
            at: start,
            number: 0,
            is_loose: false,
            has_no_sign: false,
        };
        let day = reading.digit()? * 10 + reading.next_digit()?;
        let month = reading.next_digit()? * 10 + reading.next_digit()?;
        reading.next_digit()?;
        reading.next_digit()?;
        reading.century_sign()?;
        let end = reading.at;
        reading.digit()?;
        reading.next_digit()?;
        reading.next_digit()?;
        reading.gap();
        let last = reading.at;
        if reading.has_no_sign && (last != end + 3 || !reading.is_checked(last)) {
            return None;
        }
        if !is_alphanumeric(units.get(last)) {
            return None;
        }
        let stands_alone = !start
            .checked_sub(1)
            .is_some_and(|before| is_alphanumeric(units.get(before)))
            && !is_alphanumeric(units.get(last + 1));
        let is_date = (1..=31).contains(&day) && (1..=12).contains(&month);
        (!reading.is_loose || (stands_alone && is_date)).then_some(last)
    }

    fn kind(&self) -> Option<Kind> {
        self.units.get(self.at).map(|unit| unit.kind)
    }

    fn digit(&mut self) -> Option<u8> {
        let Kind::Digit(digit) = self.kind()? else {
            return None;
        };
        self.at += 1;
        self.number = self.number * 10 + u32::from(digit);
        Some(digit)
    }

    /// Whether the unit is the check character of the digits before it (Government Decree 128/2010, §3).
    fn is_checked(&self, last: usize) -> bool {
        const CHARACTERS: &[u8; 31] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";
        let character = match self.units.get(last).map(|unit| unit.kind) {
            Some(Kind::Digit(digit)) => b'0' + digit,
            Some(Kind::Letter(letter)) => letter,
            _ => return false,
        };
        let remainder = usize::try_from(self.number % 31).unwrap_or_default();
        CHARACTERS.get(remainder) == Some(&character)
    }

    fn next_digit(&mut self) -> Option<u8> {
        self.gap();
        self.digit()
    }

    /// Passes over what takes no part.
    fn gap(&mut self) -> Option<Gap> {
        let Kind::Gap(gap) = self.kind()? else {
            return None;
        };
        self.at += 1;
        self.is_loose |= gap.blank;
        Some(gap)
    }

    /// Government Decree 128/2010, §2, with the letters of 2023; what stands in for a sign.
    fn century_sign(&mut self) -> Option<()> {
        let before = self.gap();
        let first = self.at;
        match self.kind()? {
            Kind::Letter(b'A'..=b'F' | b'U'..=b'Y') => self.at += 1,
            _ => {
                while self.kind() == Some(Kind::Sign) && self.at < first + SIGNS_AT_MOST {
                    self.at += 1;
                }
            }
        }
        if self.at > first {
            self.gap();
            return Some(());
        }
        let stands_in = before?;
        self.is_loose |= !stands_in.soft_hyphen;
        self.has_no_sign = !stands_in.soft_hyphen;
        Some(())
    }
}

fn is_alphanumeric(unit: Option<&Unit>) -> bool {
    unit.is_some_and(|unit| matches!(unit.kind, Kind::Digit(_) | Kind::Letter(_)))
}
