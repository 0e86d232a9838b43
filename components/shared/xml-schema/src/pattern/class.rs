// SPDX-License-Identifier: Apache-2.0
//! Sets of characters.

use canonical_xml::is_ncname;
use unicode_general_category::get_general_category;

use super::blocks;

/// A set of characters.
#[derive(Clone, Debug)]
pub(super) enum Class {
    /// All from the first to the last.
    Range(char, char),
    /// Those of the blocks and code points between, which may hold what is no character.
    Block(u32, u32),
    /// Those whose general category begins so: `L`, `Lu`.
    Category(String),
    /// `\i`: what may begin a name.
    NameStart,
    /// `\c`: what may stand in a name.
    NameCharacter,
    /// All that are in one of these.
    Any(Vec<Self>),
    /// All that are not in it.
    Not(Box<Self>),
    /// All of the first that are not in the second.
    Without(Box<Self>, Box<Self>),
}

/// General categories (appendix F.1.1). `Cs` is none: surrogates are no characters.
const CATEGORIES: [&str; 36] = [
    "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc",
    "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Z", "Zs", "Zl", "Zp", "S", "Sm", "Sc", "Sk", "So", "C",
    "Cc", "Cf", "Co", "Cn",
];

impl Class {
    pub(super) fn one(character: char) -> Self {
        Self::Range(character, character)
    }

    fn of(characters: &[char]) -> Self {
        Self::Any(characters.iter().copied().map(Self::one).collect())
    }

    pub(super) fn not(self) -> Self {
        Self::Not(Box::new(self))
    }

    /// `.`: all but line ends.
    pub(super) fn dot() -> Self {
        Self::of(&['\n', '\r']).not()
    }

    /// What `\` before a letter stands for, if it is a set (production 37).
    pub(super) fn escaped(letter: char) -> Option<Self> {
        let class = match letter.to_ascii_lowercase() {
            's' => Self::of(&[' ', '\t', '\n', '\r']),
            'i' => Self::NameStart,
            'c' => Self::NameCharacter,
            'd' => Self::Category("Nd".into()),
            'w' => {
                let outside = ["P", "Z", "C"].map(|name| Self::Category(name.into()));
                Self::Any(outside.into()).not()
            }
            _ => return None,
        };
        Some(if letter.is_ascii_uppercase() {
            class.not()
        } else {
            class
        })
    }

    /// What `\p{name}` stands for.
    pub(super) fn property(name: &str) -> Option<Self> {
        if let Some(name) = name.strip_prefix("Is") {
            return blocks::block(name).map(|(first, last)| Self::Block(first, last));
        }
        let is_known = CATEGORIES.contains(&name);
        is_known.then(|| Self::Category(name.to_owned()))
    }

    pub(super) fn contains(&self, character: char) -> bool {
        match self {
            Self::Range(first, last) => (*first..=*last).contains(&character),
            Self::Block(first, last) => (*first..=*last).contains(&u32::from(character)),
            Self::Category(name) => get_general_category(character)
                .abbreviation()
                .starts_with(name.as_str()),
            Self::NameStart => character == ':' || is_ncname(character.encode_utf8(&mut [0; 4])),
            Self::NameCharacter => {
                let mut text = String::from("_");
                text.push(character);
                character == ':' || is_ncname(&text)
            }
            Self::Any(classes) => classes.iter().any(|class| class.contains(character)),
            Self::Not(class) => !class.contains(character),
            Self::Without(class, other) => class.contains(character) && !other.contains(character),
        }
    }
}
