//! The way of a component into service: inspected, compiled, linked, described, configured, self-tested.

use std::sync::Arc;

use aws_lc_rs::digest;

use crate::{
    agency::deployment::Deployment,
    agency::generation::{Generation, Services},
    agency::self_test,
    call,
    call::exports::Exports,
    call::invoke,
    call::limits::Limit,
    compile,
    describe::{Demand, Description, OperationLimits},
    error::{DeployStep, Error, Rejection},
    exchange::Fault,
    objects,
};

/// Compiles a component, binds it and lets it describe itself. It is not fit to serve yet: see [`prove`].
pub(crate) fn load(
    services: &Arc<Services>,
    agency: &str,
    number: u64,
    deployment: Deployment,
) -> Result<Generation, Error> {
    let rejected = |step| {
        move |reason| Error::Rejected {
            agency: agency.to_owned(),
            step,
            reason,
        }
    };
    let bytes = deployment
        .source
        .read()
        .map_err(rejected(DeployStep::Read))?;
    let digest = sha256(&bytes);
    let component = compile::compile(services, digest, &bytes)
        .map_err(|(step, reason)| rejected(step)(reason))?;
    let exports = Exports::find(&services.linker, &component)
        .map_err(Rejection::OtherContract)
        .map_err(rejected(DeployStep::Linked))?;
    let candidate = Arc::new(Generation {
        services: Arc::clone(services),
        agency: agency.to_owned(),
        number,
        digest,
        exports,
        description: Description::default(),
        settings: deployment.settings,
        keyring: deployment.keyring,
        trust: deployment.trust,
        secrets: deployment.secrets,
        limits: deployment.limits,
    });
    call::check_exports(&candidate)
        .map_err(Rejection::OtherContract)
        .map_err(rejected(DeployStep::Linked))?;
    let description = invoke::describe(&candidate)
        .map_err(|error| failed(agency, DeployStep::Described, error))?;
    let description = check_description(description).map_err(rejected(DeployStep::Described))?;
    Ok(Generation {
        description,
        ..Arc::unwrap_or_clone(candidate)
    })
}

/// Checks that the component belongs here, has all it demands, likes its settings and passes its own tests.
pub(crate) fn prove(generation: Generation) -> Result<Arc<Generation>, Error> {
    let generation = Arc::new(generation);
    let agency = generation.agency.as_str();
    let rejected = |step| {
        move |reason| Error::Rejected {
            agency: agency.to_owned(),
            step,
            reason,
        }
    };
    if generation.description.agency != generation.agency {
        return Err(rejected(DeployStep::Described)(Rejection::OtherAgency(
            generation.description.agency.clone(),
        )));
    }
    check_demands(&generation).map_err(rejected(DeployStep::Configured))?;
    let now = generation.services.clock.now();
    for (role, key) in generation.keyring.iter() {
        let missing = |error| Rejection::Missing(format!("key role `{role}`: {error}"));
        key.check_validity(now)
            .map_err(missing)
            .map_err(rejected(DeployStep::Configured))?;
    }
    let adjusted = check_settings(&generation)?;
    let generation = adjust(&generation, adjusted).map_err(rejected(DeployStep::Configured))?;
    match self_test::run(&generation) {
        Ok(()) => Ok(generation),
        Err(Rejection::Call(error)) => Err(failed(agency, DeployStep::SelfTested, *error)),
        Err(reason) => Err(rejected(DeployStep::SelfTested)(reason)),
    }
}

/// Has the settings judged. A problem with them is the operator's to solve, and says where: it passes through as it is. That the component comes to
/// no judgement is a reason to reject it with these settings, and nobody's message is lost by it.
fn check_settings(generation: &Arc<Generation>) -> Result<Vec<(String, OperationLimits)>, Error> {
    objects::check(&generation.settings)
        .map_err(|flaw| Error::Problem(flaw.into_problem(Fault::Configuration, "setting")))?;
    invoke::check_settings(generation).map_err(|error| match error {
        Error::Problem(ref problem) if problem.fault == Fault::Configuration => error,
        error => failed(&generation.agency, DeployStep::Configured, error),
    })
}

/// Puts the limits that follow from the settings in place of those described.
fn adjust(
    generation: &Arc<Generation>,
    adjusted: Vec<(String, OperationLimits)>,
) -> Result<Arc<Generation>, Rejection> {
    let mut adjusting = Generation::clone(generation);
    for (name, limits) in adjusted {
        let operations = &mut adjusting.description.operations;
        match operations.iter_mut().find(|found| found.name == name) {
            Some(operation) => operation.limits = limits,
            None => {
                let what = format!("its settings limit `{name}`, which is none of its operations");
                return Err(Rejection::Description(what));
            }
        }
    }
    Ok(Arc::new(adjusting))
}

/// A call that failed on the way. That all places were taken says nothing of the component and passes through as it is.
fn failed(agency: &str, step: DeployStep, error: Error) -> Error {
    match error {
        Error::Limit { ref exceeded, .. } if exceeded.limit == Limit::ConcurrentCalls => error,
        error => Error::Rejected {
            agency: agency.to_owned(),
            step,
            reason: Rejection::Call(Box::new(error)),
        },
    }
}

/// All that is demanded is configured, in the form demanded, and nothing else is: a misspelt name would be missed only when it is needed.
fn check_demands(generation: &Generation) -> Result<(), Rejection> {
    let description = &generation.description;
    let demands: Vec<_> = description.key_roles.iter().collect();
    let keys: Vec<_> = generation.keyring.iter().map(|(role, _)| role).collect();
    check_names("key role", &demands, &keys)?;
    let demands: Vec<_> = description.anchor_sets.iter().collect();
    let anchors: Vec<_> = generation.trust.names().collect();
    check_names("anchor set", &demands, &anchors)?;
    let roles = &description.secret_roles;
    let demands: Vec<_> = roles.iter().map(|role| &role.demand).collect();
    let secrets: Vec<_> = generation.secrets.roles().collect();
    check_names("secret", &demands, &secrets)?;
    roles.iter().try_for_each(|role| match &role.form {
        Some(form) => generation
            .secrets
            .check(&role.demand.name, form)
            .map_err(|malformed| Rejection::Secret(Box::new(malformed))),
        None => Ok(()),
    })
}

fn check_names(kind: &str, demands: &[&Demand], configured: &[&str]) -> Result<(), Rejection> {
    let is_missing =
        |demand: &&&Demand| demand.required && !configured.contains(&demand.name.as_str());
    if let Some(Demand { name, purpose, .. }) = demands.iter().find(is_missing) {
        return Err(Rejection::Missing(format!(
            "it demands the {kind} `{name}` ({purpose}), which is not configured"
        )));
    }
    let is_unknown = |name: &&&str| !demands.iter().any(|demand| demand.name == **name);
    if let Some(name) = configured.iter().find(is_unknown) {
        let known: Vec<&str> = demands.iter().map(|demand| demand.name.as_str()).collect();
        let known = if known.is_empty() {
            "none".to_owned()
        } else {
            known.join(", ")
        };
        return Err(Rejection::Missing(format!(
            "the {kind} `{name}` is configured, which it does not know; it knows: {known}"
        )));
    }
    Ok(())
}

/// SHA-256 of a component's bytes.
fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut sum = [0; 32];
    sum.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    sum
}

fn check_description(description: Description) -> Result<Description, Rejection> {
    let wrong = |what: String| Err(Rejection::Description(what));
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    if !is_name(&description.agency) {
        return wrong("the agency id is not lower case letters, digits and hyphens".into());
    }
    if serde_json::from_str::<serde_json::Value>(&description.settings_schema).is_err() {
        return wrong("the settings schema is not JSON".into());
    }
    let forms = description.secret_roles.iter();
    let mut forms = forms.filter_map(|role| Some((&role.demand.name, role.form?)));
    if let Some((name, form)) = forms.find(|(_, form)| !form.is_possible()) {
        return wrong(format!(
            "no value has the form that it demands of the secret `{name}`, {form}"
        ));
    }
    for (index, operation) in description.operations.iter().enumerate() {
        let name = &operation.name;
        if !is_name(name) {
            return wrong(format!(
                "the name of operation number {} is not lower case letters, digits and hyphens",
                index + 1
            ));
        }
        if description
            .operations
            .iter()
            .skip(index + 1)
            .any(|other| other.name == *name)
        {
            return wrong(format!("operation `{name}` is listed twice"));
        }
        if !operation.parameters.is_empty()
            && serde_json::from_str::<serde_json::Value>(&operation.parameters).is_err()
        {
            return wrong(format!(
                "the parameter schema of operation `{name}` is not JSON"
            ));
        }
    }
    Ok(description)
}
