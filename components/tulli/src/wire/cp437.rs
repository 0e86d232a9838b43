// SPDX-License-Identifier: Apache-2.0
//! Code page 437, in which the names of a ZIP are that do not say otherwise (APPNOTE 6.3.10, appendix D).

/// What the bytes from 0x80 stand for.
const UPPER_HALF: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// The text of bytes. The lower half is ASCII.
pub(super) fn decode(bytes: &[u8]) -> String {
    let character = |byte: &u8| match byte.checked_sub(0x80) {
        None => char::from(*byte),
        Some(place) => UPPER_HALF
            .chars()
            .nth(place.into())
            .unwrap_or(char::REPLACEMENT_CHARACTER),
    };
    bytes.iter().map(character).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_byte_is_a_character_of_its_own() {
        let all: Vec<u8> = (0..=255).collect();
        let text = decode(&all);
        let different: BTreeSet<char> = text.chars().collect();
        assert_eq!((text.chars().count(), different.len()), (256, 256));
        assert!(!text.contains(char::REPLACEMENT_CHARACTER));
        assert!(text.starts_with(str::from_utf8(&all[..128]).unwrap()));
    }

    #[test]
    fn finnish_names_and_the_ends_of_the_table() {
        assert_eq!(
            decode(b"p\x84\x84t\x94s \x8f\x8e\x99\x86.pdf"),
            "päätös ÅÄÖå.pdf"
        );
        assert_eq!(decode(&[0x80, 0xb0, 0xe1, 0xe6, 0xfe, 0xff]), "Ç░ßµ■\u{a0}");
    }
}
