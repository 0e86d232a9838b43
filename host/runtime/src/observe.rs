// SPDX-License-Identifier: Apache-2.0
//! What the host tells of its work: calls, signatures, refusals, log lines. Never content, but to who asks for what a call needs to be repeated: [`HostAnswer`].

use std::{
    borrow::Cow,
    fmt, io,
    time::{Duration, SystemTime},
};

use serde::Serialize;
use serde_json::Value;

use crate::{blob::Blob, call::limits::Limits, exchange::RecordedAnswer, keys::SignatureAlgorithm};

pub use crate::digest::hexadecimal;

/// How much a component's log line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogLevel {
    /// For the component's developer.
    Debug,
    /// A normal event.
    Info,
    /// Something odd that was coped with.
    Warning,
    /// Something an operator must look at.
    Error,
}

/// Where a call belongs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallId {
    /// Agency id.
    pub agency: String,
    /// Number of the generation that served it, ascending for each agency.
    pub generation: u64,
    /// Operation, or the contract's function where it has none.
    pub operation: String,
    /// Whether it is a self-test of a component, with made-up input, and no business of anybody's.
    #[serde(skip)]
    pub is_self_test: bool,
}

/// A finished call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// Which call.
    pub call: CallId,
    /// Wall time, start of the instance included.
    pub duration: Duration,
    /// Linear memory of the instance at its largest, in bytes.
    pub peak_memory: u64,
    /// Bytes the call made the host hold.
    pub blob_bytes: u64,
    /// Code of the error it ended with, if it did.
    pub error: Option<String>,
}

/// A signature that was made. The audit trail consists of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SignatureRecord {
    /// Which call.
    #[serde(flatten)]
    pub call: CallId,
    /// Identifier of the call, which its [`RequestRecord`] has too.
    pub call_id: String,
    /// Role that signed.
    pub role: String,
    /// Algorithm.
    pub algorithm: SignatureAlgorithm,
    /// SHA-256 of the signer's certificate, in hexadecimal.
    pub certificate: String,
    /// SHA-256 of the signed bytes, in hexadecimal.
    pub signed: String,
    /// When the call began, in seconds since 1970.
    pub at: i64,
    /// The same as a time.
    #[serde(skip)]
    pub time: SystemTime,
}

/// A request that was built with at least one signature in it. The signatures were recorded when they were made, before there was a request;
/// this says which request they went into.
#[derive(Debug, Clone)]
pub struct RequestRecord {
    /// Which call.
    pub call: CallId,
    /// Identifier of the call, which its [`SignatureRecord`]s have too.
    pub call_id: String,
    /// Reference under which the agency will know the request.
    pub reference: String,
    /// Body of the request. No audit trail holds more of it than its digest.
    pub body: Blob,
    /// When the call began.
    pub time: SystemTime,
}

impl RequestRecord {
    /// SHA-256 of the body, in hexadecimal.
    pub fn body_sha256(&self) -> String {
        hexadecimal(&self.body.sha256())
    }
}

/// Something a component asked for and was refused. It was told why, and may have gone on without.
///
/// Of one call, 16 are told; another one, with the reason `further-refusals-not-told`, says that there are more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Which call.
    pub call: CallId,
    /// The contract's function, such as `keys.sign`.
    pub function: &'static str,
    /// Stable reason, such as `algorithm-not-allowed`.
    pub reason: &'static str,
}

/// What the host answered a component that asked for the time, an identifier, something of a key, or a judgement of trust. With these, the settings, the secrets and
/// the arguments, the call can be repeated on any host. Neither keys nor secrets are in it; bytes that were signed or verified are.
#[derive(Clone, PartialEq)]
pub struct HostAnswer {
    /// Which call.
    pub call: CallId,
    /// The contract's function, such as `keys.sign`: one of `clock`, `ids`, `keys` and `trust`.
    pub function: &'static str,
    /// Its arguments, in the contract's form as JSON (`wit/README.md`).
    pub arguments: Vec<Value>,
    /// The answer, in the same form.
    pub answer: Value,
}

/// Without arguments and answer: what is signed may be about people.
impl fmt::Debug for HostAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostAnswer")
            .field("call", &self.call)
            .field("function", &self.function)
            .finish_non_exhaustive()
    }
}

/// How much of a call an observer is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Records {
    /// Nothing of its content.
    Nothing,
    /// What [`Runtime::replay`](crate::Runtime::replay) needs, and no secret: in the place of each value of a secret stands as many times the letter A. A call that writes,
    /// obtains or rotates a secret, or in which one is encoded otherwise, is not told at all but that it was withheld.
    WithoutSecrets {
        /// Most bytes of all texts of the call, and 64 more for each answer of the host; one with more is withheld. A component can ask without end.
        most_bytes: u64,
    },
    /// Everything that it saw and gave, secrets that were inserted into bodies or obtained included.
    Everything,
}

/// Why a call is not told that was to be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withheld {
    /// A secret is not told apart from the rest of it.
    Secret,
    /// It has more bytes than it may have.
    TooLarge,
}

/// What a call was served by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServedBy {
    /// SHA-256 of the component, in hexadecimal.
    pub component: String,
    /// Version the component gives itself.
    pub version: String,
    /// [`GenerationInfo::revision`](crate::GenerationInfo::revision) of its generation.
    pub revision: String,
}

/// A function of a component that was called, with all of its content, in the contract's form as JSON (`wit/README.md`).
#[derive(Clone, PartialEq)]
pub struct PerformedCall {
    /// Which call.
    pub call: CallId,
    /// What served it.
    pub served_by: ServedBy,
    /// The settings that the component saw.
    pub settings: String,
    /// What the call was allowed to use.
    pub limits: Limits,
    /// When it began, by the clock of the runtime.
    pub at: SystemTime,
    /// The exported function, such as `envelope.build`.
    pub function: &'static str,
    /// Its arguments. Of a peer they have the certificates.
    pub arguments: Vec<Value>,
    /// What the host answered meanwhile, in its order: as [`HostAnswer`], and with [`Records::WithoutSecrets`] what comparisons of secrets came to as well.
    pub answers: Vec<RecordedAnswer>,
    /// What it returned. An `option<blob>` of no bytes is told as none. Of one that was stopped, the case `stopped` with the code of the error.
    pub result: Value,
}

/// Without arguments and result: they are what is sent and received.
impl fmt::Debug for PerformedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PerformedCall")
            .field("call", &self.call)
            .field("function", &self.function)
            .finish_non_exhaustive()
    }
}

/// Takes note of what the host does. Called on the thread of the call, so it should be quick.
pub trait Observer: Send + Sync {
    /// A call has ended.
    fn called(&self, _record: &CallRecord) {}

    /// A component was refused something.
    fn refused(&self, _refusal: &Refusal) {}

    /// A component wrote a log line; personal identity codes in it are masked already.
    fn logged(&self, _call: &CallId, _level: LogLevel, _line: &str) {}

    /// How much of a call is recorded; asked once, before the function that is named, such as `envelope.build`, is called, and not of a build that is only checked. By default nothing is: it costs copies of all
    /// content, and whoever keeps those keeps what they say of people.
    fn records(&self, _call: &CallId, _function: &'static str) -> Records {
        Records::Nothing
    }

    /// A component got an answer that depends on more than its arguments. Told in the order in which they were given, of calls that are recorded with
    /// [`Everything`](Records::Everything).
    fn answered(&self, _answer: HostAnswer) {}

    /// A call that is recorded has ended. Told after its answers, on the same thread.
    fn performed(&self, _call: PerformedCall) {}

    /// A call that was to be recorded without secrets is not.
    fn withheld(&self, _call: &CallId, _why: Withheld) {}
}

/// An event about a call, at a level, of a target.
macro_rules! event {
    ($level:ident, $target:literal, $call:expr, $($rest:tt)*) => {{
        let CallId { agency, generation, operation, is_self_test } = $call;
        let self_test = is_self_test.then_some(true);
        tracing::$level!(target: $target, agency, generation, operation, self_test, $($rest)*)
    }};
}

/// Reports to the `tracing` subscriber of the program.
#[derive(Debug, Clone, Copy, Default)]
pub struct TracingObserver;

impl Observer for TracingObserver {
    fn called(&self, record: &CallRecord) {
        let micros = u64::try_from(record.duration.as_micros()).unwrap_or(u64::MAX);
        event!(
            debug,
            "silta::call",
            &record.call,
            micros,
            memory = record.peak_memory,
            error = record.error,
            "call ended"
        );
    }

    fn refused(&self, refusal: &Refusal) {
        event!(
            warn,
            "silta::refusal",
            &refusal.call,
            function = refusal.function,
            reason = refusal.reason,
            "component was refused"
        );
    }

    fn logged(&self, call: &CallId, level: LogLevel, line: &str) {
        // What a self-test has a component say is of interest only to who looks for it.
        let level = match call.is_self_test {
            true => LogLevel::Debug,
            false => level,
        };
        match level {
            LogLevel::Debug => event!(debug, "silta::component", call, "{line}"),
            LogLevel::Info => event!(info, "silta::component", call, "{line}"),
            LogLevel::Warning => event!(warn, "silta::component", call, "{line}"),
            LogLevel::Error => event!(error, "silta::component", call, "{line}"),
        }
    }
}

/// Keeps the audit trail.
pub trait AuditLog: Send + Sync {
    /// Keeps a record before the component gets its signature.
    ///
    /// # Errors
    /// When the record cannot be kept; the component then gets no signature.
    fn record(&self, record: &SignatureRecord) -> io::Result<()>;

    /// Keeps a record before the request is handed out.
    ///
    /// # Errors
    /// When the record cannot be kept; there is no request then.
    fn request(&self, record: &RequestRecord) -> io::Result<()>;
}

/// Sends the audit trail to the `tracing` subscriber of the program, target `silta::audit`.
#[derive(Debug, Clone, Copy, Default)]
pub struct TracingAudit;

impl AuditLog for TracingAudit {
    fn record(&self, record: &SignatureRecord) -> io::Result<()> {
        let SignatureRecord {
            call_id,
            role,
            certificate,
            signed,
            ..
        } = record;
        event!(
            info,
            "silta::audit",
            &record.call,
            call_id,
            role,
            algorithm = record.algorithm.name(),
            certificate,
            signed,
            "signed"
        );
        Ok(())
    }

    fn request(&self, record: &RequestRecord) -> io::Result<()> {
        // A digest of what may be large, for whoever looks at it only.
        if tracing::enabled!(target: "silta::audit", tracing::Level::INFO) {
            let (call_id, reference) = (&record.call_id, &record.reference);
            let body = record.body_sha256();
            event!(
                info,
                "silta::audit",
                &record.call,
                call_id,
                reference,
                body,
                "request built"
            );
        }
        Ok(())
    }
}

/// Text that may have personal identity codes in it, with `******-****` in place of each, in whatever form it stands there. Business ids,
/// UUIDs and digests stay.
pub fn masked(text: &str) -> Cow<'_, str> {
    finnish_ids::mask_personal_codes(text)
}

/// Longest name of somebody else's that a message repeats, in characters. Names of ours are shorter.
const LONGEST_NAME: usize = 64;

/// A name that somebody else chose, for a message: masked, and cut where it is longer than any name has to be.
pub(crate) fn shown_name(name: &str) -> String {
    // Before it is cut, since half a code is not known for one.
    let name = masked(name);
    match name.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.into_owned(),
    }
}

/// Names in a row for a message, or `none`.
pub fn listed<T: AsRef<str>>(names: &[T]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_recorded_is_not_shown() {
        let call = || CallId {
            agency: "vero".into(),
            generation: 1,
            operation: "list".into(),
            is_self_test: false,
        };
        let answer = HostAnswer {
            call: call(),
            function: "keys.sign",
            arguments: vec![json!("131052-900W")],
            answer: json!("131052-900W"),
        };
        let performed = PerformedCall {
            call: call(),
            served_by: ServedBy::default(),
            settings: "131052-900W".into(),
            limits: Limits::default(),
            at: SystemTime::UNIX_EPOCH,
            function: "envelope.build",
            arguments: vec![json!("131052-900W")],
            answers: Vec::new(),
            result: json!("131052-900W"),
        };
        let shown = format!("{answer:?} {performed:?}");
        assert!(!shown.contains("900W"), "{shown}");
        assert!(shown.contains("keys.sign") && shown.contains("envelope.build"));
    }
}
