// SPDX-License-Identifier: Apache-2.0
//! What is wrong with an answer, a call or a setting.

/// An answer or a call that cannot be read: the counterparty's fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerError {
    /// Stable code, `answer.…` or `call.…` or that of a property.
    pub code: &'static str,
    /// Where: a path of element names, a JSON pointer, `line:column`, or empty for the whole.
    pub path: String,
    /// What is wrong and what to do. No value of the answer is repeated in it.
    pub message: String,
}

impl AnswerError {
    /// An error of the whole answer.
    pub fn whole(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            path: String::new(),
            message: message.into(),
        }
    }

    /// The same error, in a document that an element of the answer holds: its path goes on from that of the element.
    pub fn within(self, element: &str) -> Self {
        let separator = if self.path.starts_with('/') {
            ""
        } else {
            " at "
        };
        Self {
            path: format!("{element}{separator}{}", self.path),
            ..self
        }
    }
}

/// A setting that cannot work: the operator's fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SettingError {
    /// JSON pointer to the setting.
    pub pointer: &'static str,
    /// What is wrong and what to do.
    pub message: String,
}

impl SettingError {
    /// An error of the setting at a JSON pointer.
    pub fn new(pointer: &'static str, message: impl Into<String>) -> Self {
        Self {
            pointer,
            message: message.into(),
        }
    }
}

impl From<(&'static str, String)> for SettingError {
    fn from((pointer, message): (&'static str, String)) -> Self {
        Self { pointer, message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_goes_on_within_an_element() {
        for (path, whole) in [
            ("/a/b", "/Body/Message/a/b"),
            ("3:7", "/Body/Message at 3:7"),
        ] {
            let inner = AnswerError {
                path: path.into(),
                ..AnswerError::whole("answer.not-xml", "no")
            };
            assert_eq!(inner.within("/Body/Message").path, whole);
        }
    }
}
