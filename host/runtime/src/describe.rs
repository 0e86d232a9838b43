// SPDX-License-Identifier: Apache-2.0
//! What a component says of itself.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::error::Error;
pub use crate::secrets::{SecretAlphabet, SecretForm};

/// Everything a component says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Description {
    /// Agency id.
    pub agency: String,
    /// Names of the agency's service by language (BCP 47).
    pub titles: Vec<(String, String)>,
    /// Version of the component.
    pub version: String,
    /// Documents implemented.
    pub documents: Vec<ImplementedDocument>,
    /// Operations.
    pub operations: Vec<Operation>,
    /// Kinds of events that it hands out.
    pub events: Vec<EventKind>,
    /// Keys asked for.
    pub key_roles: Vec<Requirement>,
    /// Anchor sets asked for.
    pub anchor_sets: Vec<Requirement>,
    /// Secrets asked for.
    pub secret_roles: Vec<SecretRole>,
    /// JSON Schema of the settings, with every default.
    pub settings_schema: String,
    /// Test vectors the component brings along.
    #[serde(skip)]
    pub self_tests: Vec<SelfTest>,
}

impl Description {
    /// The operation of that name.
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations
            .iter()
            .find(|operation| operation.name == name)
    }

    /// The outbound operation of that name, of an agency that is deployed under the name `agency`.
    ///
    /// # Errors
    /// [`Error::UnknownOperation`], with those that there are.
    pub fn outbound(&self, operation: &str, agency: &str) -> Result<&Operation, Error> {
        let outbound = |known: &&Operation| known.direction == Direction::Outbound;
        let found = self.operation(operation).filter(outbound);
        found.ok_or_else(|| {
            let known = self.operations.iter().filter(outbound);
            Error::UnknownOperation {
                agency: agency.to_owned(),
                operation: operation.to_owned(),
                known: known.map(|known| known.name.clone()).collect(),
            }
        })
    }

    /// Whether an operation of it is inbound.
    pub fn is_called(&self) -> bool {
        let mut operations = self.operations.iter();
        operations.any(|operation| operation.direction == Direction::Inbound)
    }

    /// The secret role of that name.
    pub fn secret_role(&self, name: &str) -> Option<&SecretRole> {
        self.secret_roles
            .iter()
            .find(|role| role.requirement.name == name)
    }

    /// The role whose values an operation obtains.
    pub fn obtained_by(&self, operation: &str) -> Option<&str> {
        self.secret_roles
            .iter()
            .find_map(|role| match &role.source {
                SecretSource::Obtained { operation: by } if by == operation => {
                    Some(role.requirement.name.as_str())
                }
                _ => None,
            })
    }

    /// The operation that obtains the values of a role.
    pub fn obtaining(&self, role: &str) -> Option<&str> {
        match &self.secret_role(role)?.source {
            SecretSource::Obtained { operation } => Some(operation),
            _ => None,
        }
    }

    /// Operations that obtain a secret or send one that is to replace another.
    pub(crate) fn confidential(&self) -> BTreeSet<String> {
        let roles = self.secret_roles.iter();
        let operation = |role: &SecretRole| match &role.source {
            SecretSource::Obtained { operation } => Some(operation.clone()),
            SecretSource::Rotated(rotation) => Some(rotation.operation.clone()),
            _ => None,
        };
        roles.filter_map(operation).collect()
    }

    /// The role whose next value an operation sends, and how it is rotated.
    pub fn rotated_by(&self, operation: &str) -> Option<(&SecretRole, &Rotation)> {
        self.secret_roles
            .iter()
            .find_map(|role| match &role.source {
                SecretSource::Rotated(rotation) if rotation.operation == operation => {
                    Some((role, rotation))
                }
                _ => None,
            })
    }
}

/// A kind of event that a component hands out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventKind {
    /// The kind.
    pub kind: String,
    /// What has happened when there is one.
    pub summary: String,
    /// JSON Schema of its data.
    pub data: String,
}

/// A document of the agency that a component implements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImplementedDocument {
    /// Title as published.
    pub title: String,
    /// Version or date as published.
    pub version: String,
    /// What of it is implemented, and what not.
    pub coverage: String,
}

/// Which way an operation goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// We call the agency.
    Outbound,
    /// The agency calls us.
    Inbound,
}

/// What carries an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// HTTP over TLS.
    Https,
    /// SMTP.
    Smtp,
}

/// May an operation be sent again without asking anybody?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Idempotency {
    /// It changes nothing at the agency.
    ReadOnly,
    /// The agency recognises the same bytes by their reference.
    ByReference,
    /// A repetition may take effect twice.
    Never,
}

/// One thing that can be done with an agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// Name.
    pub name: String,
    /// What it does, in a sentence.
    pub summary: String,
    /// Which way it goes.
    pub direction: Direction,
    /// JSON Schema of the parameters; empty for an inbound operation.
    pub parameters: String,
    /// What carries it.
    pub transport: Transport,
    /// May it be repeated?
    pub idempotency: Idempotency,
    /// Whether a payload of no bytes is one; otherwise the host refuses it.
    pub empty_payload: bool,
    /// How often the host runs it by itself; `None` for operations that somebody asks for.
    pub poll: Option<Poll>,
    /// Secrets that are obtained and that its requests carry.
    pub credentials: Vec<String>,
    /// How long, how often and how much, as the settings in force have it.
    #[serde(flatten)]
    pub limits: OperationLimits,
}

/// How long, how often and how much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperationLimits {
    /// How long to wait for the answer; for an inbound operation, how soon ours is expected. In milliseconds.
    pub timeout_milliseconds: u32,
    /// At most so many calls in so many seconds.
    pub rate_limit: Option<RateLimit>,
    /// How many may be under way at once.
    pub concurrency: Option<u32>,
    /// How many requests of one reference may be under way at once.
    pub reference_concurrency: Option<u32>,
    /// Largest payload in bytes; `None` takes no payload.
    pub payload_limit: Option<u64>,
    /// Number of attachments at most.
    pub attachment_limit: u32,
    /// Largest answer or call in bytes worth reading.
    pub response_limit: u64,
    /// What the operator can do to have larger ones read; empty for nothing.
    pub response_advice: String,
    /// How often bytes of unknown outcome are sent again; `None` where nothing is sent again.
    pub resending: Option<Resending>,
    /// Exchanges that one operation takes at most.
    pub steps: u32,
}

/// An operation that is run again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Poll {
    /// Seconds from one run to the next, unless the operator configures another interval.
    pub interval_seconds: u32,
}

/// How often, and how long, the same bytes are sent while nobody knows whether the agency has taken them. Then a human decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Resending {
    /// Sendings at most, the first one included.
    pub sendings: u32,
    /// Seconds from the first sending to the last one at most.
    pub seconds: u32,
}

/// At most so many calls in so long a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RateLimit {
    /// Number of calls.
    pub calls: u32,
    /// Length of the sliding window in seconds.
    pub window_seconds: u32,
}

/// A key, an anchor set or a secret that a component asks for by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Requirement {
    /// Name.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// Without it the component is not accepted.
    pub required: bool,
}

/// A shared secret that a component asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretRole {
    /// Name, purpose, and whether it is required.
    #[serde(flatten)]
    pub requirement: Requirement,
    /// What its values have to look like; `None` takes any bytes.
    pub form: Option<SecretForm>,
    /// Where its values come from.
    pub source: SecretSource,
}

/// Where the values of a secret come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "from")]
pub enum SecretSource {
    /// From the operator.
    Configured,
    /// From the answers of an operation, for a while each.
    Obtained {
        /// The operation.
        operation: String,
    },
    /// From the operator at first, from the host after that.
    Rotated(Rotation),
}

/// How a secret is replaced by another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rotation {
    /// Operation that sends the value that is to come.
    pub operation: String,
    /// Operation that succeeds only with the value in force.
    pub check: Option<String>,
    /// Seconds for which the value that was replaced is accepted.
    pub overlap_seconds: u32,
}

/// A call made before a component may serve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SelfTest {
    /// Name shown when it fails.
    pub name: String,
    /// Settings to run with, in place of the operator's.
    pub settings: String,
    /// What to run.
    pub exercise: Exercise,
    /// What must come out.
    pub expectation: Expectation,
}

/// What a self-test runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Exercise {
    /// A build without attachments.
    Build {
        /// Operation name.
        operation: String,
        /// Parameters.
        parameters: String,
        /// Payload.
        payload: Vec<u8>,
    },
    /// A parse.
    Parse {
        /// Operation name.
        operation: String,
        /// HTTP status.
        status: u16,
        /// Header fields.
        headers: Vec<crate::exchange::Header>,
        /// Body.
        body: Vec<u8>,
    },
    /// A validation of an HTTP request.
    Validate {
        /// Method.
        method: String,
        /// Path and query.
        target: String,
        /// Header fields.
        headers: Vec<crate::exchange::Header>,
        /// Body.
        body: Vec<u8>,
    },
}

/// What a self-test must come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Expectation {
    /// A request whose body has this SHA-256; empty: any request.
    Request(Vec<u8>),
    /// An outcome with this code.
    Outcome(String),
    /// A problem with this code, or the reason of a rejection.
    Problem(String),
    /// An acceptance as this operation.
    Accepted(String),
}
