//! What the host tells of its work: calls, signatures, refusals, log lines. Never content.

use std::{io, time::Duration};

use serde::Serialize;

use crate::keys::SignatureAlgorithm;

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
    /// Agency id of the slot.
    pub agency: String,
    /// Number of the generation that served it, ascending within a slot.
    pub generation: u64,
    /// Operation, or the contract's function where it has none.
    pub operation: String,
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

/// Takes note of what the host does. Called on the thread of the call, so it should be quick.
pub trait Observer: Send + Sync {
    /// A call has ended.
    fn called(&self, _record: &CallRecord) {}

    /// A component was refused something.
    fn refused(&self, _refusal: &Refusal) {}

    /// A component wrote a log line; personal identity codes in it are masked already.
    fn logged(&self, _call: &CallId, _level: LogLevel, _line: &str) {}
}

/// Reports to the `tracing` subscriber of the program.
#[derive(Debug, Clone, Copy, Default)]
pub struct TracingObserver;

impl Observer for TracingObserver {
    fn called(&self, record: &CallRecord) {
        let CallId {
            agency,
            generation,
            operation,
        } = &record.call;
        let micros = u64::try_from(record.duration.as_micros()).unwrap_or(u64::MAX);
        tracing::debug!(target: "silta::call", agency, generation, operation, micros, memory = record.peak_memory, error = record.error, "call ended");
    }

    fn refused(&self, refusal: &Refusal) {
        let CallId {
            agency,
            generation,
            operation,
        } = &refusal.call;
        tracing::warn!(target: "silta::refusal", agency, generation, operation, function = refusal.function, reason = refusal.reason, "component was refused");
    }

    fn logged(&self, call: &CallId, level: LogLevel, line: &str) {
        let CallId {
            agency,
            generation,
            operation,
        } = call;
        match level {
            LogLevel::Debug => {
                tracing::debug!(target: "silta::component", agency, generation, operation, "{line}")
            }
            LogLevel::Info => {
                tracing::info!(target: "silta::component", agency, generation, operation, "{line}")
            }
            LogLevel::Warning => {
                tracing::warn!(target: "silta::component", agency, generation, operation, "{line}")
            }
            LogLevel::Error => {
                tracing::error!(target: "silta::component", agency, generation, operation, "{line}")
            }
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
}

/// Sends the audit trail to the `tracing` subscriber of the program, target `silta::audit`.
#[derive(Debug, Clone, Copy, Default)]
pub struct TracingAudit;

impl AuditLog for TracingAudit {
    fn record(&self, record: &SignatureRecord) -> io::Result<()> {
        let SignatureRecord {
            call,
            role,
            algorithm,
            certificate,
            signed,
            ..
        } = record;
        let CallId {
            agency,
            generation,
            operation,
        } = call;
        tracing::info!(target: "silta::audit", agency, generation, operation, role, algorithm = algorithm.name(), certificate, signed, "signed");
        Ok(())
    }
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or('0');
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}
