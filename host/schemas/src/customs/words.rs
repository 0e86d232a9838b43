// SPDX-License-Identifier: Apache-2.0
//! Names and sentences compared by their words, in English, Finnish and Swedish.

/// Beginnings of words. One of the lists has to be there as a whole, and nothing of the last.
pub(super) struct Stems(
    pub(super) &'static [&'static [&'static str]],
    pub(super) &'static [&'static str],
);

impl Stems {
    /// Whether a name or sentence has the words.
    pub(super) fn are_in(&self, text: &str) -> bool {
        let words = words(text);
        let has = &|stem: &&str| words.iter().any(|word| is_of(word, stem));
        let Self(wanted, unwanted) = self;
        wanted.iter().any(|all| all.iter().all(has)) && !unwanted.iter().any(has)
    }
}

/// Finnish puts words together, so that a long beginning counts anywhere in one.
fn is_of(word: &str, stem: &str) -> bool {
    word.starts_with(stem) || (stem.len() >= 6 && word.contains(stem))
}

/// The words of `BusinessIdOfSender`, `business_id` or a sentence, in small letters without accents.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for letter in text.chars() {
        if !letter.is_alphanumeric() || (letter.is_uppercase() && was_small) {
            words.push(String::new());
        }
        was_small = letter.is_lowercase() || letter.is_ascii_digit();
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase().map(plain));
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn plain(letter: char) -> char {
    match letter {
        'ä' | 'å' => 'a',
        'ö' => 'o',
        letter => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_sentences_have_words() {
        assert_eq!(words("SenderBusinessID2"), ["sender", "business", "id2"]);
        assert_eq!(words("Välittäjän Y-tunnus"), ["valittajan", "y", "tunnus"]);
        assert_eq!(words("lähetyskerran_tunnus"), ["lahetyskerran", "tunnus"]);
    }

    #[test]
    fn stems_are_beginnings_and_long_ones_parts() {
        let stems = Stems(&[&["valittaja"], &["sender", "id"]], &["software"]);
        for (text, is_there) in [
            ("Välittäjän Y-tunnus", true),
            ("Sanomanvälittäjä", true),
            ("SenderId", true),
            ("Sender", false),
            ("SenderSoftwareId", false),
        ] {
            assert_eq!(stems.are_in(text), is_there, "{text}");
        }
    }
}
