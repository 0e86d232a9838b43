// SPDX-License-Identifier: Apache-2.0
//! What one call may use, and the typed refusal when it wants more.

use std::{fmt, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What one call of a component may use. Each limit is enforced by the host, whatever the component does.
///
/// ```
/// use std::time::Duration;
/// let limits = silta::Limits { deadline: Duration::from_secs(2), ..silta::Limits::default() };
/// assert_eq!(limits.memory, silta::Limits::default().memory);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    /// Wall time of a call. Default 10 s: a thousand times what building a 10 MiB declaration takes, and short enough that a component
    /// gone astray is noticed before the agency's own time limits. Ends within two ticks of the runtime's clock.
    #[serde(
        rename = "deadline-milliseconds",
        serialize_with = "as_milliseconds",
        deserialize_with = "milliseconds"
    )]
    pub deadline: Duration,
    /// Linear memory over all memories of a call, in bytes. Default 16 MiB: components see markup, not payloads.
    #[serde(rename = "memory-bytes")]
    pub memory: u64,
    /// Bytes that a component may make the host hold in a call: written, encoded, decoded; each shared segment counts as 64.
    /// Default 256 MiB: the layers of a 32 MiB payload several times over.
    pub blob_bytes: u64,
    /// Bytes a component may pass to the host in one function call, results included. Default 4 MiB: markup and parameters, not payloads.
    pub hostcall_bytes: u64,
    /// Blobs, writers and other handles alive at once. Default 4096: a list of a thousand documents with room to spare.
    pub handles: u64,
    /// Bytes of log lines, each counted with 128 more than it is long for what stands before it. Default 64 KiB: at most 512 lines, and no way to fill a
    /// disk with diagnostics. Of a line longer than 1,600 bytes the beginning is kept, and how much is left out.
    pub log_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(10),
            memory: 16 << 20,
            blob_bytes: 256 << 20,
            hostcall_bytes: 4 << 20,
            handles: 4096,
            log_bytes: 64 << 10,
        }
    }
}

fn milliseconds<'de, D: Deserializer<'de>>(number: D) -> Result<Duration, D::Error> {
    u64::deserialize(number).map(Duration::from_millis)
}

fn as_milliseconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    serializer.serialize_u64(milliseconds)
}

/// Which limit was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
#[non_exhaustive]
pub enum Limit {
    /// [`Limits::deadline`], in milliseconds.
    Deadline,
    /// [`Limits::memory`], in bytes.
    Memory,
    /// [`Limits::blob_bytes`].
    BlobBytes,
    /// [`Limits::hostcall_bytes`].
    HostcallBytes,
    /// [`Limits::handles`].
    Handles,
    /// [`Limits::log_bytes`].
    LogBytes,
    /// Grace of a call whose generation has been replaced, in milliseconds; see [`Agency::cut_drained`](crate::Agency::cut_drained).
    Drain,
    /// Calls of the runtime under way at once; see [`RuntimeBuilder::concurrent_calls`](crate::RuntimeBuilder::concurrent_calls).
    ConcurrentCalls,
}

impl Limit {
    /// Stable name.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Whether what a call asks for is within the limit.
    pub(crate) fn check(self, asked: u64, allowed: u64) -> Result<(), LimitExceeded> {
        if asked <= allowed {
            return Ok(());
        }
        Err(LimitExceeded {
            asked: Some(asked),
            ..self.exceeded(allowed)
        })
    }

    /// Where it is not known how much more was asked for.
    pub(crate) fn exceeded(self, allowed: u64) -> LimitExceeded {
        LimitExceeded {
            limit: self,
            allowed,
            asked: None,
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::Deadline | Self::Drain => "ms",
            Self::Handles => "handles",
            Self::ConcurrentCalls => "calls",
            Self::Memory | Self::BlobBytes | Self::HostcallBytes | Self::LogBytes => "bytes",
        }
    }
}

/// A call wanted more than it may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitExceeded {
    /// Which limit.
    pub limit: Limit,
    /// Its value, in the unit of the limit.
    pub allowed: u64,
    /// What the call would have come to; `None` where it is not known how much more was wanted.
    pub asked: Option<u64>,
}

impl fmt::Display for LimitExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            limit,
            allowed,
            asked,
        } = self;
        write!(
            f,
            "the limit `{}` is {allowed} {}",
            limit.name(),
            limit.unit()
        )?;
        match asked {
            Some(asked) => write!(f, ", the call asked for {asked}"),
            None => write!(f, ", the call asked for more"),
        }
    }
}

impl std::error::Error for LimitExceeded {}
