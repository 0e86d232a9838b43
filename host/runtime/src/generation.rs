//! A generation: one component with everything it serves with, immutable. Swapping an agency is swapping this.

use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest;
use wasmtime::{
    Engine,
    component::{Component, HasSelf, Linker, types::ComponentItem},
};

use crate::{
    bindings::Agency,
    call::{self, CallState},
    deployment::Deployment,
    describe::Description,
    engine::Admission,
    error::{DeployStep, Error, Rejection},
    exports::Exports,
    ids::IdSource,
    invoke,
    keys::Keyring,
    limits::Limits,
    observe::{AuditLog, Observer},
    secrets::Secrets,
    selftest,
    time::Clock,
    trust::TrustStore,
};

/// The only package whose interfaces a component may import.
const CONTRACT: &str = "silta:agency/";

/// Compiled components kept for the next deployment of the same bytes. Agencies number a handful, with a version or two of each.
const KEPT_COMPILED: usize = 16;

/// What all generations of a runtime share.
pub(crate) struct Services {
    pub(crate) engine: Engine,
    pub(crate) linker: Linker<CallState>,
    pub(crate) admission: Admission,
    pub(crate) memory_ceiling: u64,
    pub(crate) clock: Box<dyn Clock>,
    pub(crate) ids: Box<dyn IdSource>,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) audit: Arc<dyn AuditLog>,
    pub(crate) compiled: Mutex<Vec<([u8; 32], Component)>>,
}

/// A component in service, or on its way there.
#[derive(Clone)]
pub(crate) struct Generation {
    pub(crate) services: Arc<Services>,
    pub(crate) agency: String,
    pub(crate) number: u64,
    pub(crate) digest: [u8; 32],
    pub(crate) exports: Exports,
    pub(crate) description: Description,
    pub(crate) settings: String,
    pub(crate) keyring: Keyring,
    pub(crate) trust: TrustStore,
    pub(crate) secrets: Secrets,
    pub(crate) limits: Limits,
}

impl Generation {
    /// Compiles a component, binds it and lets it describe itself. It is not fit to serve yet: see [`Generation::prove`].
    pub(crate) fn load(
        services: &Arc<Services>,
        agency: &str,
        number: u64,
        deployment: Deployment,
    ) -> Result<Self, Error> {
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
        let component = services
            .compile(digest, &bytes)
            .map_err(rejected(DeployStep::Compiled))?;
        inspect(&services.engine, &component).map_err(rejected(DeployStep::Inspected))?;
        let exports = Exports::find(&services.linker, &component)
            .map_err(Rejection::OtherContract)
            .map_err(rejected(DeployStep::Linked))?;
        let candidate = Arc::new(Self {
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
        let description =
            invoke::describe(&candidate).map_err(|error| Rejection::Call(Box::new(error)));
        let description = description
            .and_then(check_description)
            .map_err(rejected(DeployStep::Described))?;
        Ok(Self {
            description,
            ..Arc::unwrap_or_clone(candidate)
        })
    }

    /// Checks that the component belongs here, has all it demands, likes its settings and passes its own tests.
    pub(crate) fn prove(self) -> Result<Arc<Self>, Error> {
        let generation = Arc::new(self);
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
        generation
            .check_demands()
            .map_err(rejected(DeployStep::Configured))?;
        let now = generation.services.clock.now();
        for (role, key) in generation.keyring.iter() {
            let missing = |error| Rejection::Missing(format!("key role `{role}`: {error}"));
            key.check_validity(now)
                .map_err(missing)
                .map_err(rejected(DeployStep::Configured))?;
        }
        // A problem with the settings is the operator's to solve, and says where: it passes through as it is.
        invoke::check_settings(&generation)?;
        selftest::run(&generation).map_err(rejected(DeployStep::SelfTested))?;
        Ok(generation)
    }

    fn check_demands(&self) -> Result<(), Rejection> {
        let description = &self.description;
        let demands =
            |kind, demands: &[crate::describe::Demand], has: &dyn Fn(&str) -> bool| match demands
                .iter()
                .find(|demand| demand.required && !has(&demand.name))
            {
                Some(demand) => Err(Rejection::Missing(format!(
                    "it demands the {kind} `{}` ({}), which is not configured",
                    demand.name, demand.purpose
                ))),
                None => Ok(()),
            };
        demands("key role", &description.key_roles, &|role| {
            self.keyring.role(role).is_some()
        })?;
        demands("anchor set", &description.anchor_sets, &|name| {
            self.trust.set(name).is_some()
        })?;
        demands("secret", &description.secret_roles, &|role| {
            self.secrets.outgoing(role).is_some()
        })
    }
}

impl Services {
    /// Binds the contract's imports, once for all components.
    pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<CallState>> {
        let mut linker = Linker::new(engine);
        Agency::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
        Ok(linker)
    }

    fn compile(&self, digest: [u8; 32], bytes: &[u8]) -> Result<Component, Rejection> {
        check_preamble(bytes)?;
        let kept = || self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, component)) = kept().iter().find(|(kept, _)| *kept == digest) {
            return Ok(component.clone());
        }
        let component = Component::new(&self.engine, bytes).map_err(Rejection::Invalid)?;
        let mut compiled = kept();
        if compiled.len() == KEPT_COMPILED {
            compiled.remove(0);
        }
        compiled.push((digest, component.clone()));
        Ok(component)
    }
}

/// SHA-256 of a component's bytes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut sum = [0; 32];
    sum.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    sum
}

/// Tells a component from what is often mistaken for one (binary format: magic, version, layer).
fn check_preamble(bytes: &[u8]) -> Result<(), Rejection> {
    match bytes.get(..8) {
        Some([0, b'a', b's', b'm', 0x0d, 0, 1, 0]) => Ok(()),
        Some([0, b'a', b's', b'm', 1, 0, 0, 0]) => Err(Rejection::NotAComponent(
            "this is a WebAssembly core module, not a component; wrap it with `wasm-tools component new`, or build it by way of `components/artifacts`",
        )),
        _ => Err(Rejection::NotAComponent(
            "this is not a WebAssembly component in binary form",
        )),
    }
}

fn inspect(engine: &Engine, component: &Component) -> Result<(), Rejection> {
    let kind = component.component_type();
    for (name, _) in kind.imports(engine) {
        if !name.starts_with(CONTRACT) {
            return Err(Rejection::ForbiddenImport(name.to_owned()));
        }
    }
    let exports: Vec<&str> = kind
        .exports(engine)
        .filter(|(_, item)| matches!(item.ty, ComponentItem::ComponentInstance(_)))
        .map(|(name, _)| name)
        .collect();
    for interface in ["descriptor", "envelope", "message", "notification"] {
        let wanted = format!("{CONTRACT}{interface}@");
        if !exports.iter().any(|export| export.starts_with(&wanted)) {
            return Err(Rejection::MissingExport(format!("{CONTRACT}{interface}")));
        }
    }
    Ok(())
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
