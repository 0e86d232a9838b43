// SPDX-License-Identifier: Apache-2.0
//! The codes that calls are answered with.

/// TilaKoodi: what becomes of the whole call (V1.1 §1.4). Which of them the authority's side gives, and when, is not said there; the reading is this component's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallCode(u16);

impl CallCode {
    /// The call succeeded, whatever became of each Kohde.
    pub const SUCCEEDED: Self = Self(0);
    /// Invalid in content or form.
    pub const INVALID: Self = Self(400);
    /// The authority is not the one that is served here.
    pub const OTHER_AUTHORITY: Self = Self(403);
    /// The service is not one of the authority's.
    pub const OTHER_SERVICE: Self = Self(404);
    /// The operation is not allowed.
    pub const NOT_ALLOWED: Self = Self(405);
    /// The signature does not count.
    pub const SIGNATURE: Self = Self(406);
    /// Another error of processing: something that is not done here, and no mistake of the caller's.
    pub const PROCESSING: Self = Self(450);

    /// The code on the wire.
    pub fn number(self) -> u16 {
        self.0
    }
}

/// KohteenTila in an answer to VieKohteita: what becomes of one Kohde (V1.1, response of VieKohteita). 202, 521, 522, 523 and 524 are never given: what is stored is stored
/// at once, and neither the target of a reference nor a virus nor a mailbox is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemState(u16);

impl ItemState {
    /// Stored.
    pub const STORED: Self = Self(200);
    /// A case with this id is there already. Not stored.
    pub const EXISTS: Self = Self(520);
    /// Errors in its content. Not stored.
    pub const CONTENT: Self = Self(525);
    /// An attachment of a type that is not allowed. Not stored.
    pub const ATTACHMENT_TYPE: Self = Self(528);
    /// An attachment, or all of them, are too large. Not stored.
    pub const ATTACHMENT_SIZE: Self = Self(529);
    /// Another error: something that is not done here, and no mistake of the caller's. Not stored.
    pub const OTHER: Self = Self(550);

    /// The state of a repetition that the operator has chosen.
    pub(super) fn of_duplicate(number: u16) -> Option<Self> {
        let mut choices = [Self::STORED, Self::EXISTS].into_iter();
        choices.find(|state| state.0 == number)
    }

    /// The code on the wire.
    pub fn number(self) -> u16 {
        self.0
    }
}
