// SPDX-License-Identifier: Apache-2.0
//! What a right receiver answers to a call: one of these, where the published documents leave room.

use std::fmt;

use super::misbehaviour::Misbehaviour;
use super::wire::STORED;

/// Everything that is right.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Expectation {
    /// TilaKoodi 0, and for each Kohde sent, in order, one of these states; none where the call must not be taken.
    pub(super) taken: Option<Vec<&'static [i32]>>,
    /// One of these TilaKoodi, and nothing stored.
    pub(super) refused: &'static [i32],
    /// A SOAP Fault that does not blame the receiver.
    pub(super) fault: bool,
    /// One of these statuses of HTTP, with whatever body.
    pub(super) http: &'static [u16],
    /// No answer at all.
    pub(super) silence: bool,
}

impl Expectation {
    /// All of them stored.
    pub(super) fn all_taken(number: usize) -> Self {
        Self {
            taken: Some(vec![STORED; number]),
            ..Self::default()
        }
    }

    /// What a misbehaviour deserves that is played on the last of `number` Kohde where it is about one.
    pub(super) fn of(misbehaviour: Misbehaviour, number: usize) -> Self {
        use Misbehaviour::*;
        let last_is = |states| {
            let mut expected = vec![STORED; number];
            if let Some(last) = expected.last_mut() {
                *last = states;
            }
            Some(expected)
        };
        let nothing = Self::default();
        match misbehaviour {
            Redelivered | RedeliveredAnew | Shape2014 | NilElements | UnknownState | Dropped => {
                Self::all_taken(number)
            }
            SeveralCustomers => Self {
                taken: last_is(&[200, 202, 525]),
                refused: &[400],
                ..nothing
            },
            HugeAttachment(_) => Self {
                taken: last_is(&[529]),
                refused: &[400],
                fault: true,
                http: &[413],
                silence: true,
            },
            ForbiddenAttachment => Self {
                taken: last_is(&[528]),
                ..nothing
            },
            BrokenBase64 => Self {
                taken: last_is(&[525, 522]),
                ..nothing
            },
            InvalidIdentityCode => Self {
                taken: last_is(&[525]),
                ..nothing
            },
            AlteredBody | Stranger | WrappedBody | Expired | Unsigned => Self {
                refused: &[406],
                fault: true,
                ..nothing
            },
            WrongCount => Self {
                refused: &[400],
                ..nothing
            },
            WrongAuthority => Self {
                refused: &[403],
                ..nothing
            },
            UnknownService => Self {
                refused: &[404],
                ..nothing
            },
            // What is in the Body decides; whether a contradiction is told or refused is the receiver's choice.
            ContradictingAction => Self {
                refused: &[400],
                fault: true,
                http: &[400],
                ..Self::all_taken(number)
            },
            ByteByByte(_) => Self {
                http: &[408],
                silence: true,
                ..Self::all_taken(number)
            },
            Doctype => Self {
                refused: &[400],
                fault: true,
                http: &[400],
                ..nothing
            },
            NotXml | UnknownOperation => Self {
                fault: true,
                http: &[400],
                ..nothing
            },
        }
    }
}

/// As the end of "expected …".
impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let codes = self.refused.iter().map(|code| format!("TilaKoodi {code}"));
        let statuses = self.http.iter().map(|status| format!("HTTP {status}"));
        let ways: Vec<String> = self
            .taken
            .iter()
            .map(|_| "TilaKoodi 0".to_owned())
            .chain(codes)
            .chain(self.fault.then(|| "a Fault".to_owned()))
            .chain(statuses)
            .chain(self.silence.then(|| "no answer".to_owned()))
            .collect();
        f.write_str(&ways.join(" or "))
    }
}
