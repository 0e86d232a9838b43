// SPDX-License-Identifier: Apache-2.0
//! What is told of a step.

use std::time::SystemTime;

/// A step of a trace that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Id of the trace, as `traceparent` has it: 32 digits in hexadecimal.
    pub trace: String,
    /// Its own id: 16 digits.
    pub id: String,
    /// Id of the step that it is part of, or follows from; `None` for the first of a trace.
    pub parent: Option<String>,
    /// What it does: `submit`, `run`, `build`, `send`, `parse`, `commit`, `deliver`, `take`, `call` or `poll`.
    pub name: &'static str,
    /// On which side of an exchange it is.
    pub kind: SpanKind,
    /// When it began.
    pub start: SystemTime,
    /// When it ended.
    pub end: SystemTime,
    /// What is said of it, each name once.
    pub attributes: Vec<(&'static str, SpanValue)>,
    /// Whether somebody has to look, or it has to be tried again.
    pub failed: bool,
}

/// On which side of an exchange a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpanKind {
    /// Of none: work of our own.
    Internal,
    /// Somebody asked us.
    Server,
    /// We asked somebody.
    Client,
    /// It queues what is done later.
    Producer,
}

/// What an attribute says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpanValue {
    /// A text of 200 characters at most, masked.
    Text(String),
    /// A number.
    Number(i64),
}

/// Is told of steps when they have ended.
pub trait SpanSink: Send + Sync {
    /// Takes a span, without waiting for anything: it is called where work goes on.
    fn take(&self, span: Span);
}
