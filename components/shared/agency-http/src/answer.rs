//! Why an answer cannot be read.

/// An answer or a call that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerError {
    /// Stable code.
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
}
