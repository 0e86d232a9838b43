// SPDX-License-Identifier: Apache-2.0
//! Continuation tokens: a place in the list of events, in a form that tells nothing and has to be percent-encoded.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::fresh;

/// What tokens are sealed with, so that only those given are taken.
pub(super) struct Seal {
    secret: String,
}

/// How a token ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// As always. With the base64 before it there is each of `+ / = &`.
    Usual,
    /// With all that a client may forget to percent-encode.
    Awkward,
}

impl Ending {
    fn text(self) -> &'static str {
        match self {
            Self::Usual => "/",
            Self::Awkward => "/%25#?;\"ä +",
        }
    }
}

impl Seal {
    pub(super) fn new() -> Self {
        Self {
            secret: fresh::token(),
        }
    }

    pub(super) fn token(&self, place: usize, ending: Ending) -> String {
        let place = u64::try_from(place).unwrap_or(u64::MAX).to_be_bytes();
        let check = self.digest(&place);
        let hidden = place.iter().zip(self.digest(&check));
        let hidden: Vec<u8> = hidden.map(|(place, mask)| place ^ mask).collect();
        let sealed = STANDARD.encode([check, hidden].concat());
        format!("+{sealed}&{}", ending.text())
    }

    /// The place; `None` for what is no token of this simulator.
    pub(super) fn place(&self, token: &str) -> Option<usize> {
        let (sealed, ending) = token.strip_prefix('+')?.split_once('&')?;
        let endings = [Ending::Usual, Ending::Awkward];
        endings.iter().find(|own| own.text() == ending)?;
        let bytes = STANDARD.decode(sealed).ok()?;
        let (check, hidden) = bytes.split_at_checked(8)?;
        let place = hidden.iter().zip(self.digest(check));
        let place: Vec<u8> = place.map(|(hidden, mask)| hidden ^ mask).collect();
        let place: [u8; 8] = place.try_into().ok()?;
        let is_own = self.digest(&place) == check;
        usize::try_from(u64::from_be_bytes(place))
            .ok()
            .filter(|_| is_own)
    }

    /// Eight bytes.
    fn digest(&self, bytes: &[u8]) -> Vec<u8> {
        let text = [self.secret.as_bytes(), bytes].concat();
        digest(&SHA256, &text)
            .as_ref()
            .iter()
            .copied()
            .take(8)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_tell_their_place_to_whoever_gave_them() {
        let (seal, other) = (Seal::new(), Seal::new());
        for place in [0, 1, 1_000_000] {
            for ending in [Ending::Usual, Ending::Awkward] {
                let token = seal.token(place, ending);
                assert_eq!(seal.place(&token), Some(place), "{token}");
                assert_eq!(other.place(&token), None);
                assert!(
                    "+/=&".chars().all(|letter| token.contains(letter)),
                    "{token}"
                );
            }
        }
        let token = seal.token(7, Ending::Usual);
        for wrong in [
            String::new(),
            token.replace('+', " "),
            token.replace('&', ""),
            format!("{token}/"),
            token.replacen(&token[3..4], if &token[3..4] == "A" { "B" } else { "A" }, 1),
        ] {
            assert_eq!(seal.place(&wrong), None, "{wrong}");
        }
    }
}
