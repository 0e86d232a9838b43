// SPDX-License-Identifier: Apache-2.0
//! The sandbox, set up as the configuration says.

use std::{
    env, io,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::{SystemTime, UNIX_EPOCH},
};

use artifacts::PackedArtifact;
use silta::{Agency, ComponentBytes, Runtime, RuntimeBuilder, observe::listed, time::FixedClock};
use silta_config::{CompileLimits, ComponentSource, Config, ConfigError, PackagedComponent};
use silta_gateway::recording::Recorder;
use silta_store::record::PackageTexts;

use crate::{
    audit::AuditFile,
    compile_worker::CompileWorker,
    failure::{Failure, Places},
    files,
};

/// What there is to do about a table `[telemetry]` that this program has nothing for.
#[cfg(not(feature = "otlp"))]
pub(crate) const WITHOUT_OTLP: &str = "this program was built without the feature `otlp`, which tells collectors; build it with `--features otlp`, or take the table out";

/// An agency in service, and the configuration it serves by.
#[derive(Debug)]
pub(crate) struct Served {
    /// The configuration.
    pub(crate) config: Config,
    /// The agency.
    pub(crate) agency: Agency,
    runtime: Runtime,
    id: String,
}

/// Warns last, where whoever runs a command looks.
impl Drop for Served {
    fn drop(&mut self) {
        for warning in self.config.exposed_files(&self.id).unwrap_or_default() {
            tracing::warn!(target: "silta::config", "{warning}");
        }
    }
}

/// Puts the component that the configuration names for an agency into service, for one call at a time.
pub(crate) fn serve(config_file: &Path, agency: &str) -> Result<Served, Failure> {
    serve_many(config_file, agency, 1)
}

/// The same for so many calls at a time.
pub(crate) fn serve_many(config_file: &Path, agency: &str, calls: u32) -> Result<Served, Failure> {
    let config = configuration(config_file, agency)?;
    let runtime = runtime(audit(&config)?, calls)?;
    let id = agency.to_owned();
    let agency = deploy(&runtime, config_file, &config, agency)?;
    Ok(Served {
        config,
        agency,
        runtime,
        id,
    })
}

impl Served {
    /// Reads the configuration anew and swaps the component for one that is configured by it. Calls under way end as they began.
    pub(crate) fn swap(&mut self, config_file: &Path, agency: &str) -> Result<(), Failure> {
        let config = configuration(config_file, agency)?;
        self.agency = deploy(&self.runtime, config_file, &config, agency)?;
        self.config = config;
        Ok(())
    }
}

fn deploy(
    runtime: &Runtime,
    config_file: &Path,
    config: &Config,
    agency: &str,
) -> Result<Agency, Failure> {
    let deployment = config.deployment(agency, component(config_file, config, agency)?)?;
    runtime
        .deploy(agency, deployment)
        .map_err(|error| Places::of_configuration(config_file, agency).explain(error))
}

/// A runtime for all agencies of a configuration, each with room for so many calls at once, and for one that is put into service
/// meanwhile.
pub(crate) fn runtime_of_callers(
    config_file: &Path,
    config: &Config,
    calls_per_agency: u32,
    recorder: Option<Arc<Recorder>>,
) -> Result<Runtime, Failure> {
    let limits = config.compile_limits()?;
    let builder = audited(
        builder(calls_at_once(config, calls_per_agency)),
        audit(config)?,
    );
    let builder = match recorder {
        Some(recorder) => builder.observer(recorder),
        None => builder,
    };
    let builder = match limits.in_process {
        true => builder,
        false => compiling_apart(builder, limits),
    };
    builder.build().map_err(Failure::from).map_err(|failure| {
        let told = too_many_calls(config, calls_per_agency);
        failure.caused_by(config_file, CALLS_PER_AGENCY, &told)
    })
}

/// The field that says how many calls of an agency are judged at once.
pub(crate) const CALLS_PER_AGENCY: &str = "listener.limits.calls-per-agency";

/// Calls of all agencies at once, one more of each that a candidate on trial does again, and the one of a component that is put into service meanwhile.
pub(crate) fn calls_at_once(config: &Config, calls_per_agency: u32) -> u32 {
    let number = u32::try_from(config.agencies().count()).unwrap_or(u32::MAX);
    let of_agency = calls_per_agency.saturating_add(1);
    of_agency.saturating_mul(number).saturating_add(1)
}

/// What to say where this machine has no room for so many calls.
pub(crate) fn too_many_calls(config: &Config, calls_per_agency: u32) -> String {
    let number = config.agencies().count();
    format!("it allows {calls_per_agency} calls of each of {number} agencies at once; lower it")
}

/// No agency of a configuration, which lies in `file`, ever calls.
pub(crate) fn never_called(file: &Path, config: &Config) -> Failure {
    let reason = none_calls(config);
    in_configuration(file.to_owned(), "agencies".to_owned(), reason)
}

/// What to say where no agency of a configuration ever calls.
pub(crate) fn none_calls(config: &Config) -> String {
    let ids: Vec<&str> = config.agencies().collect();
    format!(
        "no component of these agencies has an operation by which it is called: {}. Add an agency whose component has, `silta describe` shows it",
        listed(&ids)
    )
}

/// Reads a configuration that has to know the agency.
pub(crate) fn configuration(file: &Path, agency: &str) -> Result<Config, Failure> {
    let config = Config::read(file)?;
    if config.agencies().any(|known| known == agency) {
        return Ok(config);
    }
    let known: Vec<&str> = config.agencies().collect();
    let message = format!(
        "{} configures no agency `{agency}`; it configures: {}. Correct the name, or add the table [agencies.{agency}]",
        file.display(),
        listed(&known)
    );
    Err(Failure::caller("agency.unknown", "", &message))
}

/// The bytes of the component that the configuration, which lies in `file`, names for an agency.
pub(crate) fn component(
    file: &Path,
    config: &Config,
    agency: &str,
) -> Result<ComponentBytes, Failure> {
    named(file, config, agency).map(|(component, _)| component)
}

/// The same, and the other files of its package where it is one of a package.
pub(crate) fn named(
    file: &Path,
    config: &Config,
    agency: &str,
) -> Result<(ComponentBytes, Option<PackageTexts>), Failure> {
    let field = format!("agencies.{agency}.component");
    let component = match config.component(agency)? {
        ComponentSource::Builtin => builtin(config.agency_of(agency)?)
            .ok_or_else(|| in_configuration(file.to_owned(), field, not_builtin()))?,
        ComponentSource::File(path) => {
            if let Some(packaged) = packaged(config, agency)? {
                let texts = PackageTexts {
                    manifest: packaged.manifest,
                    signatures: packaged.signatures,
                };
                return Ok((packaged.component.into(), Some(texts)));
            }
            let read = read_component(&path);
            read.map_err(|failure| failure.named_by(file, &field))?
                .into()
        }
    };
    Ok((component, None))
}

/// The component of an agency where it is one of a package, verified now.
///
/// # Errors
/// The configuration's: the package is not to be taken.
pub(crate) fn packaged(
    config: &Config,
    agency: &str,
) -> Result<Option<PackagedComponent>, ConfigError> {
    config.packaged(agency, now())
}

/// The time in seconds since 1970, as validities of packages have it.
pub(crate) fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

/// What to say where a component is to be one that comes with the program, and none does.
pub(crate) fn not_builtin() -> String {
    format!(
        "no component for this agency comes with the program (with it come: {}); name a file instead of `builtin`",
        listed(&builtin_agencies())
    )
}

/// Reads a component from a file.
pub(crate) fn read_component(path: &Path) -> Result<Vec<u8>, Failure> {
    Ok(files::read_blob(path, LARGEST_COMPONENT)?.to_vec())
}

/// The component of an agency that comes with the program.
pub(crate) fn builtin(agency: &str) -> Option<ComponentBytes> {
    let mut artifacts = artifacts::PACKED_AGENCIES.into_iter();
    let artifact = artifacts.find(|artifact| artifact.name == agency)?;
    Some(unpacked(artifact))
}

/// A component that comes with the program, inflated when somebody wants its bytes.
pub(crate) fn unpacked(artifact: PackedArtifact) -> ComponentBytes {
    ComponentBytes::packed(artifact.sha256, move || artifact.unpack())
}

/// The component that comes with the program for an agency.
///
/// # Errors
/// The caller's: there is none.
pub(crate) fn builtin_component(agency: &str) -> Result<ComponentBytes, Failure> {
    builtin(agency).ok_or_else(|| {
        let message = format!(
            "no component for agency `{agency}` comes with the program; with it come: {}. Correct the name, or name a file with --component",
            listed(&builtin_agencies())
        );
        Failure::caller("agency.unknown", "", &message)
    })
}

/// Agencies whose component comes with the program.
pub(crate) fn builtin_agencies() -> Vec<&'static str> {
    artifacts::PACKED_AGENCIES
        .iter()
        .map(|artifact| artifact.name)
        .collect()
}

/// A runtime that tells components another time than now, where one is given. Signatures are in the log, and in no audit file: it is for tools.
pub(crate) fn runtime_at(clock: Option<FixedClock>) -> Result<Runtime, Failure> {
    let builder = builder(1);
    let builder = match clock {
        Some(clock) => builder.clock(clock),
        None => builder,
    };
    Ok(builder.build()?)
}

/// A runtime that makes so many calls at a time: one for a command that makes one.
pub(crate) fn runtime(audit: Option<AuditFile>, calls: u32) -> Result<Runtime, Failure> {
    Ok(audited(builder(calls), audit).build()?)
}

/// A runtime that compiles for another process of this program, and keeps nothing.
pub(crate) fn runtime_that_compiles() -> Result<Runtime, Failure> {
    Ok(plain(1).build()?)
}

fn audited(builder: RuntimeBuilder, audit: Option<AuditFile>) -> RuntimeBuilder {
    match audit {
        Some(audit) => builder.audit(Arc::new(audit)),
        None => builder,
    }
}

/// Has components compiled by worker processes.
#[expect(
    unsafe_code,
    reason = "machine code of a worker is run as it is: the worker is this program, and a pipe leads to nobody else"
)]
fn compiling_apart(builder: RuntimeBuilder, limits: CompileLimits) -> RuntimeBuilder {
    let worker = Arc::new(CompileWorker::new(limits));
    // SAFETY: the worker is the same file as this program, answers with what `compile_for_another` of a runtime built by `plain` made, and by a pipe of which it alone has the other end.
    unsafe { builder.compile_by(worker) }
}

/// Says once for the program where machine code is kept: in the folder named, or else where programs keep such things for this user; nowhere when
/// it is not to be kept, or nothing says where.
pub(crate) fn keep_compiled(named: Option<PathBuf>, nowhere: bool) {
    let of_user = || {
        let variable = |name| env::var_os(name).filter(|value| !value.is_empty());
        // A relative path there is to be ignored (XDG Base Directory Specification).
        let caches = variable("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .or_else(|| Some(PathBuf::from(variable("HOME")?).join(".cache")));
        Some(caches?.join("silta"))
    };
    let folder = match nowhere {
        true => None,
        false => named.or_else(of_user),
    };
    // Said a second time it changes nothing, and nobody does.
    let _ = COMPILED.set(folder);
}

/// Where machine code is kept between runs, once it has been said.
static COMPILED: OnceLock<Option<PathBuf>> = OnceLock::new();

/// The folder in which machine code is kept between runs, if it is.
pub(crate) fn compiled_folder() -> Option<&'static Path> {
    COMPILED.get()?.as_deref()
}

fn builder(calls: u32) -> RuntimeBuilder {
    match compiled_folder() {
        Some(folder) => plain(calls).keep_compiled_in(folder),
        None => plain(calls),
    }
}

/// What machine code depends on is the same in all of them.
fn plain(calls: u32) -> RuntimeBuilder {
    Runtime::builder()
        .concurrent_calls(calls)
        .memory_ceiling(MEMORY_CEILING)
}

/// Components have a few hundred kilobytes; what is a hundred times larger is something else.
pub(crate) const LARGEST_COMPONENT: u64 = 64 << 20;

/// High enough that `memory-bytes` in the configuration decides; reserved as address space only.
const MEMORY_CEILING: u64 = 1 << 30;

fn audit(config: &Config) -> Result<Option<AuditFile>, Failure> {
    let Some(path) = config.audit_file() else {
        return Ok(None);
    };
    AuditFile::open(&path)
        .map(Some)
        .map_err(|error| in_configuration(path, "audit".to_owned(), not_opened(&error)))
}

/// What to say where a file of records cannot be opened.
pub(crate) fn not_opened(error: &io::Error) -> String {
    format!("cannot be opened for writing ({error}); check the folder and its permissions")
}

/// Something wrong with a field of the configuration, which lies in `file`.
pub(crate) fn in_configuration(file: PathBuf, field: String, reason: String) -> Failure {
    let place = None;
    ConfigError {
        file,
        place,
        field,
        reason,
    }
    .into()
}
