// SPDX-License-Identifier: Apache-2.0
//! The way of a component into service, each step a type: read, inspected, compiled and linked it is a [`Candidate`], then [`Described`], and configured and
//! self-tested a [`Generation`].

use std::{collections::BTreeSet, sync::Arc};

use wasmtime::component::Linker;

use crate::{
    agency::{
        deployment::Deployment,
        description::{check_description, check_steps},
        generation::Generation,
        self_test,
    },
    call::{
        engine::Admission,
        environment::Environment,
        exports::Exports,
        limits::{Limit, Limits},
        sandbox::Sandbox,
        state::CallState,
    },
    compile::Compiler,
    describe::{Description, OperationLimits, Requirement, SecretSource},
    error::{DeployStep, Error, Rejection},
    exchange::Fault,
    ids::IdSource,
    objects,
    observe::{AuditLog, Observer, ServedBy, listed},
    secrets::ObtainedSecrets,
    time::Clock,
};

/// What the deployments of a runtime share.
pub(crate) struct Services {
    pub(crate) compiler: Compiler,
    pub(crate) linker: Linker<CallState>,
    pub(crate) admission: Admission,
    /// Most linear memory that any component may get, in bytes.
    pub(crate) memory_ceiling: u64,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) audit: Arc<dyn AuditLog>,
}

/// A component that is bound to the host, in the environment it is to serve in. It has not been called yet.
pub(crate) struct Candidate {
    pub(crate) sandbox: Sandbox,
    /// Agency id that the component has to have.
    agency: String,
    /// Version that it has to say it is, where its package says one.
    version: Option<String>,
    digest: [u8; 32],
}

/// A candidate that has described itself. It is not fit to serve yet.
pub(crate) struct Described {
    candidate: Candidate,
    pub(crate) description: Description,
}

impl Candidate {
    /// Reads, inspects, compiles and binds a component.
    pub(crate) fn load(
        services: &Services,
        agency: &str,
        generation: u64,
        deployment: Deployment,
    ) -> Result<Self, Error> {
        let rejected = |step| move |reason| rejected(agency, step, reason);
        let content = deployment.source.read();
        let content = content.map_err(rejected(DeployStep::Read))?;
        let loaded = services.compiler.load(&content);
        let (digest, component) = loaded.map_err(|(step, reason)| rejected(step)(reason))?;
        // What was compiled here was judged before; what comes precompiled, or was kept by a version with another contract, is seen by the engine.
        let other_contract = |error: wasmtime::Error| {
            let other = Rejection::OtherContract(format!("{error:#}"));
            rejected(DeployStep::Linked)(other)
        };
        let exports = Exports::find(&services.linker, &component).map_err(other_contract)?;
        let environment = Environment {
            agency: agency.to_owned(),
            generation,
            is_self_test: false,
            settings: deployment.settings,
            keyring: deployment.keyring,
            trust: deployment.trust,
            secrets: deployment.secrets,
            obtained: ObtainedSecrets::default(),
            limits: Limits {
                memory: deployment.limits.memory.min(services.memory_ceiling),
                ..deployment.limits
            },
            clock: Arc::clone(&services.clock),
            ids: Arc::clone(&services.ids),
            observer: Arc::clone(&services.observer),
            audit: Arc::clone(&services.audit),
            served_by: ServedBy::default(),
            confidential: BTreeSet::new(),
            script: None,
            is_replay_with_secrets: false,
        };
        let sandbox = Sandbox::new(exports, environment, services.admission.clone());
        let checked = sandbox.self_test(NO_SETTINGS).check_exports();
        checked.map_err(other_contract)?;
        let agency = deployment.agency.unwrap_or_else(|| agency.to_owned());
        Ok(Self {
            sandbox,
            agency,
            version: deployment.version,
            digest,
        })
    }

    /// The same, for calls that were recorded with secrets in the place of answers to what depends on them.
    pub(crate) fn replaying_with_secrets(mut self) -> Self {
        Arc::make_mut(&mut self.sandbox.environment).is_replay_with_secrets = true;
        self
    }

    /// Lets it describe itself. A description depends on nothing but the component.
    pub(crate) fn describe(self) -> Result<Described, Error> {
        let (agency, step) = (&self.sandbox.environment.agency, DeployStep::Described);
        let described = self.sandbox.self_test(NO_SETTINGS).describe();
        let description = described.map_err(|error| failed(agency, step, error))?;
        check_description(&description).map_err(|reason| rejected(agency, step, reason))?;
        Ok(Described {
            candidate: self,
            description,
        })
    }
}

/// Settings of calls that have to do without.
const NO_SETTINGS: &str = "{}";

impl Described {
    /// Checks that the component belongs here, has all it requires, accepts its settings and passes its own tests.
    pub(crate) fn prove(self) -> Result<Generation, Error> {
        let Candidate {
            sandbox,
            agency: expected,
            version,
            digest,
        } = self.candidate;
        let mut description = self.description;
        let environment = &*sandbox.environment;
        let agency = environment.agency.as_str();
        let rejected = |step| move |reason| rejected(agency, step, reason);
        if description.agency != expected {
            let other = Rejection::OtherAgency(description.agency);
            return Err(rejected(DeployStep::Described)(other));
        }
        if let Some(packaged) = version.filter(|version| *version != description.version) {
            let described = description.version;
            let other = Rejection::OtherVersion {
                described,
                packaged,
            };
            return Err(rejected(DeployStep::Described)(other));
        }
        let configured = check_requirements(&description, environment)
            .and_then(|()| check_validity(environment));
        configured.map_err(rejected(DeployStep::Configured))?;
        let adjusted = check_settings(&sandbox)?;
        adjust(&mut description, adjusted).map_err(rejected(DeployStep::Configured))?;
        match self_test::run(&sandbox, &description.self_tests) {
            Ok(()) => Ok(Generation::new(sandbox, description, &digest)),
            Err(Rejection::Call(error)) => Err(failed(agency, DeployStep::SelfTested, *error)),
            Err(reason) => Err(rejected(DeployStep::SelfTested)(reason)),
        }
    }
}

pub(crate) fn rejected(agency: &str, step: DeployStep, reason: Rejection) -> Error {
    Error::Rejected {
        agency: agency.to_owned(),
        step,
        reason,
    }
}

/// Every key can be used now.
fn check_validity(environment: &Environment) -> Result<(), Rejection> {
    let now = environment.clock.now();
    for (role, key) in environment.keyring.iter() {
        key.check_validity(now)
            .map_err(|error| Rejection::Missing(format!("key role `{role}`: {error}")))?;
    }
    Ok(())
}

/// Has the settings checked. A problem with them is the operator's to solve, and says where: it passes through as it is. That the component comes to
/// no result is a reason to reject it with these settings, and nobody's message is lost by it.
fn check_settings(sandbox: &Sandbox) -> Result<Vec<(String, OperationLimits)>, Error> {
    let environment = &sandbox.environment;
    objects::check(&environment.settings)
        .map_err(|flaw| Error::Problem(flaw.into_problem(Fault::Configuration, "setting")))?;
    sandbox.check_settings().map_err(|error| match error {
        Error::Problem(ref problem) if problem.fault == Fault::Configuration => error,
        error => failed(&environment.agency, DeployStep::Configured, error),
    })
}

/// Puts the limits that follow from the settings in place of those described.
fn adjust(
    description: &mut Description,
    adjusted: Vec<(String, OperationLimits)>,
) -> Result<(), Rejection> {
    for (name, limits) in adjusted {
        let mut operations = description.operations.iter_mut();
        match operations.find(|found| found.name == name) {
            Some(operation) => {
                operation.limits = limits;
                check_steps(operation)?;
            }
            None => {
                let what = format!("its settings limit `{name}`, which it does not declare");
                return Err(Rejection::Description(what));
            }
        }
    }
    Ok(())
}

/// A call that failed on the way. That the pool was taken says nothing of the component and passes through as it is.
fn failed(agency: &str, step: DeployStep, error: Error) -> Error {
    match error {
        Error::Limit { ref exceeded, .. } if exceeded.limit == Limit::ConcurrentCalls => error,
        error => rejected(agency, step, Rejection::Call(Box::new(error))),
    }
}

/// All that is required is configured, in the form required, and nothing else is: a misspelt name would be missed only when it is needed.
fn check_requirements(
    description: &Description,
    environment: &Environment,
) -> Result<(), Rejection> {
    let required: Vec<_> = description.key_roles.iter().collect();
    let keys: Vec<_> = environment.keyring.iter().map(|(role, _)| role).collect();
    check_names("key role", &required, &keys)?;
    let required: Vec<_> = description.anchor_sets.iter().collect();
    let anchors: Vec<_> = environment.trust.names().collect();
    check_names("anchor set", &required, &anchors)?;
    // What is obtained is nothing that an operator has.
    let roles = description.secret_roles.iter();
    let roles = roles.filter(|role| !matches!(role.source, SecretSource::Obtained { .. }));
    let roles: Vec<_> = roles.collect();
    let required: Vec<_> = roles.iter().map(|role| &role.requirement).collect();
    let secrets: Vec<_> = environment.secrets.roles().collect();
    let obtained = |name: &&&str| description.obtaining(name).is_some();
    if let Some(name) = secrets.iter().find(obtained) {
        return Err(Rejection::Missing(format!(
            "the secret `{name}` is configured, which an operation obtains from the agency; take it out of the configuration"
        )));
    }
    check_names("secret", &required, &secrets)?;
    roles.iter().try_for_each(|role| match &role.form {
        Some(form) => environment
            .secrets
            .check(&role.requirement.name, form)
            .map_err(|malformed| Rejection::Secret(Box::new(malformed))),
        None => Ok(()),
    })
}

fn check_names(
    kind: &str,
    requirements: &[&Requirement],
    configured: &[&str],
) -> Result<(), Rejection> {
    let is_missing = |one: &&&Requirement| one.required && !configured.contains(&one.name.as_str());
    if let Some(Requirement { name, purpose, .. }) = requirements.iter().find(is_missing) {
        return Err(Rejection::Missing(format!(
            "it requires the {kind} `{name}` ({purpose}), which is not configured"
        )));
    }
    let is_unknown = |name: &&&str| !requirements.iter().any(|known| known.name == **name);
    if let Some(name) = configured.iter().find(is_unknown) {
        let known: Vec<&str> = requirements
            .iter()
            .map(|known| known.name.as_str())
            .collect();
        return Err(Rejection::Missing(format!(
            "the {kind} `{name}` is configured, which it does not know; it knows: {}",
            listed(&known)
        )));
    }
    Ok(())
}
