// SPDX-License-Identifier: Apache-2.0

/// Something in the input of an operation that the service would refuse: the caller's fault, or the operator's where a setting is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Stable code.
    pub code: &'static str,
    /// JSON pointer into the parameters, or `/attachments/N` for the file at that place.
    pub pointer: String,
    /// What is wrong and what to do; nothing of the input is repeated in it.
    pub message: String,
    /// A setting is missing rather than something of the caller's.
    pub is_configuration: bool,
}

impl Flaw {
    /// Something that is not as the service wants it.
    pub fn invalid(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self::of("parameter.invalid", pointer, message)
    }

    /// Something that has to be there and is not.
    pub fn missing(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self::of("parameter.missing", pointer, message)
    }

    /// A flaw with a code of its own.
    pub fn of(code: &'static str, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code,
            pointer: pointer.into(),
            message: message.into(),
            is_configuration: false,
        }
    }

    /// A setting that what is asked for needs.
    pub fn unset(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            is_configuration: true,
            ..Self::of("setting.missing", pointer, message)
        }
    }
}
