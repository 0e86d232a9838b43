// SPDX-License-Identifier: Apache-2.0
//! `silta record key`.

use silta_bundles::OpeningKey;

use super::Completion;
use crate::{
    commands::key_pair::{self, KeyArguments, KeyTexts, Purpose},
    failure::Failure,
};

/// The key that opens recorded calls.
const OPENING: Purpose = Purpose {
    kept_off: "the machine that records",
    public_is_for: "`key` of the table [record]",
};

pub(super) fn run(arguments: &KeyArguments) -> Result<Completion, Failure> {
    let made = OpeningKey::generate().map(|(key, private)| KeyTexts {
        private,
        public: key.public().to_pem(),
        id: key.public().id(),
    });
    key_pair::write(arguments, made, &OPENING)
}
