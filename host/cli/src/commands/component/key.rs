// SPDX-License-Identifier: Apache-2.0
//! `silta component key`.

use silta_packages::SigningKey;

use super::Completion;
use crate::{
    commands::key_pair::{self, KeyArguments, KeyTexts, Purpose},
    failure::Failure,
};

/// The key of a publisher.
const PUBLISHERS: Purpose = Purpose {
    kept_off: "the machines that run components",
    public_is_for: "those who take your packages",
};

pub(super) fn run(arguments: &KeyArguments) -> Result<Completion, Failure> {
    let made = SigningKey::generate().map(|(key, private)| KeyTexts {
        private,
        public: key.public().to_pem(),
        id: key.public().id(),
    });
    key_pair::write(arguments, made, &PUBLISHERS)
}
