// SPDX-License-Identifier: Apache-2.0
//! What is not taken.

use agency_http::AnswerError;

use super::{CallCode, ItemState};

/// A call that is answered with a code other than 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRefusal {
    /// TilaKoodi.
    pub code: CallCode,
    /// What is wrong. Nothing of the call is repeated in it.
    pub error: AnswerError,
}

impl CallRefusal {
    pub(super) fn new(code: CallCode, error: AnswerError) -> Self {
        Self { code, error }
    }
}

/// A Kohde that is not stored; the others are, all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemRefusal {
    /// KohteenTila.
    pub state: ItemState,
    /// What is wrong. Nothing of the Kohde is repeated in it.
    pub error: AnswerError,
}

impl ItemRefusal {
    /// A refusal with a state.
    pub fn new(
        state: ItemState,
        code: &'static str,
        path: String,
        message: impl Into<String>,
    ) -> Self {
        Self {
            state,
            error: AnswerError {
                code,
                path,
                message: message.into(),
            },
        }
    }
}

/// What cannot be read of a Kohde is an error in its content.
impl From<AnswerError> for ItemRefusal {
    fn from(error: AnswerError) -> Self {
        Self {
            state: ItemState::CONTENT,
            error,
        }
    }
}
