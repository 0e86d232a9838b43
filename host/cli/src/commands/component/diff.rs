// SPDX-License-Identifier: Apache-2.0
//! `silta component diff`.

mod behaviour;
mod description;
mod recorded;
mod report;

use std::path::{Path, PathBuf};

use clap::Args;
use silta::{Deployment, Measure, Runtime, describe::Description, measure};
use silta_contract::{Change, Host, Shape, Side, Taking};
use silta_kit::KitError;

use super::{
    Completion,
    cases::read_cases,
    recorded::{GoldenCalls, RecordedArguments},
};
use crate::{
    failure::Failure,
    host,
    output::{print, print_json},
};
use behaviour::Behaviour;
use description::Described;
use recorded::{Pair, RecordedBehaviour};

#[derive(Debug, Args)]
pub(super) struct DiffArguments {
    /// The older component, a file of WebAssembly.
    old: PathBuf,
    /// The newer one.
    new: PathBuf,
    /// Folder of cases, which both are run with.
    #[arg(long, value_name = "DIR")]
    cases: Option<PathBuf>,
    /// Folder of golden calls, which both do again.
    #[arg(long, value_name = "DIR")]
    golden: Option<PathBuf>,
    #[command(flatten)]
    recorded: RecordedArguments,
    /// Show all differences as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// One of the two components.
struct Component {
    path: PathBuf,
    bytes: Vec<u8>,
    shape: Shape,
    /// What it says of itself, or why this program cannot ask it.
    description: Result<Description, String>,
}

/// What is otherwise in the newer one.
struct Differences {
    contract: Vec<Change>,
    imports: Imports,
    description: Described,
    sizes: Vec<Size>,
    behaviour: Option<Behaviour>,
    golden: Option<RecordedBehaviour>,
    recorded: Option<RecordedBehaviour>,
    hosts: Vec<HostOfBoth>,
}

/// A host of some version of the contract, and whether it takes the components.
struct HostOfBoth {
    host: &'static Host,
    old: Taking,
    new: Taking,
}

/// Functions that only one of them imports.
struct Imports {
    gone: Vec<String>,
    new: Vec<String>,
}

/// Something counted that is of another number.
struct Size {
    measure: &'static str,
    old: u64,
    new: u64,
}

impl Differences {
    /// Whether nothing differs that anybody has to know of: sizes and versions may.
    fn is_same(&self) -> bool {
        self.contract.is_empty()
            && self.imports.gone.is_empty()
            && self.imports.new.is_empty()
            && self.description.is_same()
            && self.behaviour.as_ref().is_none_or(Behaviour::is_same)
            && self
                .golden
                .iter()
                .chain(&self.recorded)
                .all(RecordedBehaviour::is_same)
            && self
                .hosts
                .iter()
                .all(|both| both.old.is_taken() == both.new.is_taken())
    }
}

pub(super) fn run(arguments: &DiffArguments) -> Result<Completion, Failure> {
    let runtime = host::runtime(None, 1)?;
    let old = read(&runtime, &arguments.old)?;
    let new = read(&runtime, &arguments.new)?;
    let behaviour = match &arguments.cases {
        Some(folder) => Some(Behaviour::of(&old, &new, &read_cases(folder)?)?),
        None => None,
    };
    let pair = Pair {
        runtime: &runtime,
        old: &old,
        new: &new,
    };
    let golden = arguments.golden.as_deref().map(GoldenCalls::read);
    let golden = golden.transpose()?;
    let golden = golden.map(|calls| RecordedBehaviour::of_golden(&pair, &calls));
    let bundles = arguments.recorded.bundles()?;
    let recorded = bundles.map(|bundles| RecordedBehaviour::of_bundles(&pair, &bundles));
    let (imported, imports) = (
        old.shape.imported_functions(),
        new.shape.imported_functions(),
    );
    let only = |one: &[String], other: &[String]| {
        let only = one.iter().filter(|name| !other.contains(*name));
        only.cloned().collect()
    };
    let differences = Differences {
        contract: contract(&old.shape, &new.shape),
        imports: Imports {
            gone: only(&imported, &imports),
            new: only(&imports, &imported),
        },
        // What is the same file is the same, also where this program cannot ask it.
        description: match old.bytes == new.bytes {
            true => Described::same(),
            false => Described::of(&old.description, &new.description),
        },
        sizes: sizes(&old.bytes, &new.bytes),
        behaviour,
        golden,
        recorded,
        hosts: hosts(&old.shape, &new.shape),
    };
    match arguments.json {
        true => print_json(&report::as_json(&old, &new, &differences))?,
        false => print(&report::as_text(&old, &new, &differences))?,
    }
    let completion = match differences.is_same() {
        true => Completion::Done,
        false => Completion::NotDone,
    };
    let mut recorded = differences.golden.into_iter().chain(differences.recorded);
    match recorded.find_map(RecordedBehaviour::first_refused) {
        Some(first) => Err(first),
        None => Ok(completion),
    }
}

/// What differs in the contract. That a component uses other functions of it is told by its imports.
fn contract(old: &Shape, new: &Shape) -> Vec<Change> {
    let changes = new.differences_from(old).into_iter();
    let is_use = |change: &Change| {
        let is_whole = change.old.is_none() || change.new.is_none();
        is_whole && change.side == Side::Import && change.item.starts_with("function ")
    };
    changes.filter(|change| !is_use(change)).collect()
}

/// What each published version of the contract has to say of both.
fn hosts(old: &Shape, new: &Shape) -> Vec<HostOfBoth> {
    let hosts = Host::all().iter().map(|host| HostOfBoth {
        host,
        old: host.takes(old),
        new: host.takes(new),
    });
    hosts.collect()
}

fn read(runtime: &Runtime, path: &Path) -> Result<Component, Failure> {
    let bytes = host::read_component(path)?;
    let shape = Shape::of(&bytes).map_err(|unreadable| {
        let error = KitError::from(unreadable);
        let message = format!("{}: {error}", path.display());
        Failure::file(error.code(), path, &message)
    })?;
    // One that was built against another version of the contract is compared as far as it can be.
    let described = runtime.describe(Deployment::from_bytes(bytes.clone()));
    Ok(Component {
        path: path.to_owned(),
        bytes,
        shape,
        description: described.map_err(|error| error.to_string()),
    })
}

fn sizes(old: &[u8], new: &[u8]) -> Vec<Size> {
    let counts = |component: &[u8]| measure(component).unwrap_or_default();
    let (old, new) = (counts(old), counts(new));
    let count = |counts: &[(Measure, u64)], measure: Measure| {
        let found = counts.iter().find(|(known, _)| *known == measure);
        found.map_or(0, |(_, count)| *count)
    };
    let sizes = Measure::ALL.iter().map(|measure| Size {
        measure: measure.name(),
        old: count(&old, *measure),
        new: count(&new, *measure),
    });
    sizes.filter(|size| size.old != size.new).collect()
}
