// SPDX-License-Identifier: Apache-2.0
//! The one error type of the library.

#[cfg(feature = "compile")]
use crate::inspect::SizeExceeded;
use crate::{
    call::engine::EngineError,
    call::limits::LimitExceeded,
    exchange::{Fault, Problem},
    keys::KeyError,
    observe::{listed, shown_name},
    secrets::MalformedSecret,
    trust::TrustError,
};

/// Why something did not work. [`Error::code`] is stable and meant for programs, the text is meant for people.
///
/// No variant carries key material, secrets or message content.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The component found its input wrong and says why; or the host did, before any component saw it.
    #[error("{0}")]
    Problem(Problem),

    /// A call wanted more than it may have; nothing of it took effect.
    #[error("component `{agency}` was stopped in `{operation}`: {exceeded}")]
    Limit {
        /// Agency id.
        agency: String,
        /// Operation that was called.
        operation: String,
        /// Which limit, its value, what was asked.
        exceeded: LimitExceeded,
    },

    /// A component crashed; nothing of the call took effect.
    #[error(
        "component `{agency}` crashed in `{operation}`: {reason}. This is a defect of the component; report it to its maker"
    )]
    Crash {
        /// Agency id.
        agency: String,
        /// Operation that was called.
        operation: String,
        /// What the sandbox observed (never content).
        reason: String,
    },

    /// A component returned something that the contract does not allow; nothing of the call took effect.
    #[error(
        "component `{agency}` broke the contract in `{operation}`: {what}. This is a defect of the component; report it to its maker"
    )]
    Contract {
        /// Agency id.
        agency: String,
        /// Operation that was called.
        operation: String,
        /// What it returned (never content).
        what: &'static str,
    },

    /// The audit trail could not be told of a signed request, so there is none.
    #[error(
        "component `{agency}` built a signed request in `{operation}`, which is withheld: the audit trail cannot be written ({source}); check the file of `audit`, its permissions and the room left"
    )]
    Audit {
        /// Agency id.
        agency: String,
        /// Operation that was called.
        operation: String,
        /// What the audit trail reports.
        source: std::io::Error,
    },

    /// A component was not accepted; what served before goes on serving.
    #[error("component for `{agency}` was rejected when it was {step}: {reason}")]
    Rejected {
        /// Agency id.
        agency: String,
        /// How far it came.
        step: DeployStep,
        /// Why not further, and what to do.
        reason: Rejection,
    },

    /// No component serves that agency.
    #[error("no component is deployed for agency `{}`; deployed: {}", shown_name(.agency), listed(.deployed))]
    UnknownAgency {
        /// The agency asked for.
        agency: String,
        /// Agencies there are.
        deployed: Vec<String>,
    },

    /// The component has no operation of that name in that direction.
    #[error("agency `{agency}` has no operation `{}` to call; it has: {}", shown_name(.operation), listed(.known))]
    UnknownOperation {
        /// Agency id.
        agency: String,
        /// The operation asked for.
        operation: String,
        /// Operations there are.
        known: Vec<String>,
    },

    /// The payload or the attachments go over what the operation takes.
    #[error("{what} of `{operation}`: {asked} given, at most {allowed} allowed{}", clause(.advice))]
    TooLarge {
        /// Who gave it.
        fault: Fault,
        /// What is too large or too many.
        what: &'static str,
        /// Operation that was called.
        operation: String,
        /// The limit the component declares (bytes, or a number of attachments).
        allowed: u64,
        /// What was given.
        asked: u64,
        /// What to do about it; empty where there is nothing but less.
        advice: String,
    },

    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),

    /// An anchor set cannot be used.
    #[error(transparent)]
    Trust(#[from] TrustError),

    /// There is nothing to roll back to.
    #[error("agency `{agency}` has no earlier generation to return to")]
    NoEarlierGeneration {
        /// Agency id.
        agency: String,
    },

    /// The sandbox could not be set up on this machine.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl Error {
    /// Stable code in lower case with dots. For a [`Problem`] it is the component's own.
    pub fn code(&self) -> String {
        match self {
            Self::Problem(problem) => problem.code.clone(),
            Self::Limit { exceeded, .. } => format!("limit.{}", exceeded.limit.name()),
            Self::Crash { .. } => "component.crash".into(),
            Self::Contract { .. } => "component.contract".into(),
            Self::Audit { .. } => "audit.not-kept".into(),
            Self::Rejected {
                reason: Rejection::NotCompiled(_),
                ..
            } => "compiler.failed".into(),
            Self::Rejected { step, .. } => format!("component.rejected.{step}"),
            Self::UnknownAgency { .. } => "agency.unknown".into(),
            Self::UnknownOperation { .. } => "operation.unknown".into(),
            Self::TooLarge { .. } => "input.too-large".into(),
            Self::Key(_) => "configuration.key".into(),
            Self::Trust(_) => "configuration.trust".into(),
            Self::NoEarlierGeneration { .. } => "agency.no-earlier-generation".into(),
            Self::Engine(_) => "engine".into(),
        }
    }

    /// Who has to act.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Problem(problem) => problem.fault,
            Self::TooLarge { fault, .. } => *fault,
            Self::Rejected {
                reason: Rejection::NotCompiled(_),
                ..
            } => Fault::Internal,
            Self::UnknownAgency { .. }
            | Self::UnknownOperation { .. }
            | Self::NoEarlierGeneration { .. } => Fault::Caller,
            Self::Key(_) | Self::Trust(_) | Self::Rejected { .. } => Fault::Configuration,
            Self::Limit { .. }
            | Self::Crash { .. }
            | Self::Contract { .. }
            | Self::Audit { .. }
            | Self::Engine(_) => Fault::Internal,
        }
    }
}

/// How far a component came on its way into service. Each step has to pass before the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "kebab-case")]
#[non_exhaustive]
pub enum DeployStep {
    /// Its bytes were read.
    Read,
    /// Its size and shape were counted, its imports and exports compared with the contract.
    Inspected,
    /// It was read as WebAssembly, validated, and its machine code was generated; or that was there already, and was loaded.
    Compiled,
    /// Its imports were bound.
    Linked,
    /// It was asked to describe itself.
    Described,
    /// Its settings, keys, anchors and secrets were checked.
    Configured,
    /// Its own test vectors were run.
    SelfTested,
}

/// Why a component was not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Unreadable {
        /// The file as named by the caller.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The bytes are no component.
    #[error("{0}")]
    NotAComponent(&'static str),
    /// The engine does not accept the code.
    #[error("the code is not valid: {0:#}")]
    Invalid(wasmtime::Error),
    /// It has more of something than is compiled.
    #[cfg(feature = "compile")]
    #[error("{0}")]
    Size(SizeExceeded),
    /// Compiling it took more than it may.
    #[error("{0}")]
    CompileLimit(String),
    /// It was not compiled, which says nothing of the component.
    #[error("it could not be compiled: {0}")]
    NotCompiled(String),
    /// The library was built without a compiler.
    #[error(
        "it has to be compiled, and this program has no compiler: build it with the feature `compile` of the crate `silta`, or have the component precompiled (`Runtime::precompile`) and deploy it with `Deployment::from_precompiled`"
    )]
    NoCompiler,
    /// The bytes are no precompiled component.
    #[error("{0}")]
    NotPrecompiled(&'static str),
    /// A precompiled component is not whole.
    #[error(
        "the precompiled component is damaged: its digest is not the one it was made with; precompile or copy it again"
    )]
    Damaged,
    /// A precompiled component was made for another engine: by another version, with other settings, for another system or processor.
    #[error(
        "the component was precompiled for another engine: {0:#}. Precompile it with the version of silta that deploys it, on a processor that has no features which this one lacks"
    )]
    OtherEngine(wasmtime::Error),
    /// It asks for power that components do not get.
    #[error(
        "it imports `{0}`, which is not part of the contract. Build it for wasm32-unknown-unknown (not for a wasip target) against the WIT package silta:agency, and leave out what needs files, network, clock or randomness"
    )]
    ForbiddenImport(String),
    /// Its imports or exports differ from the contract: on which side, in which type and field, and what to build it against.
    #[error("it was built against another version of the contract: {0}")]
    OtherContract(String),
    /// It speaks for another agency than it is deployed for.
    #[error("it is a component for agency `{0}`")]
    OtherAgency(String),
    /// It is of another version than its package says.
    #[error(
        "it says that it is version {described}, and the manifest of its package says {packaged}; take the package from its publisher again, or have it packed anew (`silta component pack` takes the version from the component)"
    )]
    OtherVersion {
        /// The version that the component says.
        described: String,
        /// The version that the manifest says.
        packaged: String,
    },
    /// What it says of itself makes no sense.
    #[error("its description is wrong: {0}")]
    Description(String),
    /// Something that it requires is not configured.
    #[error("{0}")]
    Missing(String),
    /// A secret is configured that does not have the form it requires.
    #[error("{0}")]
    Secret(Box<MalformedSecret>),
    /// A call of it failed.
    #[error("{0}")]
    Call(Box<Error>),
    /// A self-test came out otherwise than it should.
    #[error("self-test `{name}` came to {found}, not to {expected}")]
    SelfTest {
        /// Name of the self-test.
        name: String,
        /// What it should come to.
        expected: String,
        /// What it came to.
        found: String,
    },
}

fn clause(advice: &str) -> String {
    match advice {
        "" => String::new(),
        advice => format!("; {advice}"),
    }
}
