// SPDX-License-Identifier: Apache-2.0
//! `silta component build`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use serde_json::json;
use silta::{Blob, Deployment, describe::Description};
use silta_contract::Shape;
use silta_kit::{Compilation, Language, Names, component_of, component_of_scripts, ensure_target};
use silta_packages::Digest;

use super::{Completion, kit_failure};
use crate::{
    failure::Failure,
    files::Output,
    host,
    output::{facts, pretty_json, printable},
};

#[derive(Debug, Args)]
pub(super) struct BuildArguments {
    /// Folder of the component's crate, or of its package in JavaScript.
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// File to write; an existing one is replaced. Left out: AGENCY.wasm in that folder.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Keep the names of functions, so that a crash says where. In JavaScript: tell errors that are thrown with their messages, which may repeat values; without, places are told.
    #[arg(long)]
    names: bool,
    /// Show file, digest, sizes and imports as JSON.
    #[arg(long)]
    pub(super) json: bool,
    /// Further options for cargo, after `--`, such as `--offline`; `--locked` only once the first build has completed Cargo.lock.
    #[arg(last = true, value_name = "CARGO OPTIONS")]
    cargo: Vec<String>,
}

/// A component that was built now.
pub(super) struct Built {
    pub(super) component: Vec<u8>,
    /// Bytes of the module that it was made of, where it was made of one.
    module: Option<usize>,
    /// Name and version of the package of npm that made it, where one did.
    maker: Option<String>,
}

pub(super) fn run(arguments: &BuildArguments) -> Result<Completion, Failure> {
    let names = match arguments.names {
        true => Names::Kept,
        false => Names::LeftOut,
    };
    let built = build(&arguments.dir, names, &arguments.cargo)?;
    let described = describe(&built.component, &arguments.dir)?;
    let out = arguments.out.clone().unwrap_or_else(|| {
        let file = format!("{}.wasm", described.agency);
        arguments.dir.join(file)
    });
    let report = report(arguments, &built, &described, &out)?;
    let component = Blob::from(built.component);
    Output::prepare(&out, &component)?.finish_told(&report)?;
    Ok(Completion::Done)
}

/// Builds the component in a folder: of a crate, or of scripts. The options are for cargo.
pub(super) fn build(folder: &Path, names: Names, options: &[String]) -> Result<Built, Failure> {
    match Language::of(folder).map_err(kit_failure)? {
        Language::Rust => build_crate(folder, names, options),
        Language::JavaScript if !options.is_empty() => Err(Failure::command_line(
            "options behind -- are for cargo, and this component is in JavaScript; leave them out",
        )),
        Language::JavaScript => {
            let made = component_of_scripts(folder, names);
            let made = made.map_err(|error| kit_failure(error).in_file(folder))?;
            Ok(Built {
                component: made.component,
                module: None,
                maker: Some(made.maker),
            })
        }
    }
}

/// Has cargo compile the crate in a folder, and makes a component of it.
fn build_crate(folder: &Path, names: Names, options: &[String]) -> Result<Built, Failure> {
    ensure_target(folder).map_err(kit_failure)?;
    let compilation = Compilation::of(folder).options(options);
    let path = compilation.run().map_err(kit_failure)?;
    let module = fs::read(&path).map_err(|error| Failure::unreadable(&path, &error))?;
    let component =
        component_of(&module, names).map_err(|error| kit_failure(error).in_file(folder))?;
    Ok(Built {
        component,
        module: Some(module.len()),
        maker: None,
    })
}

/// What a component says of itself: it goes the way of a deployment as far as it can without settings, so that what no host would take is told now.
fn describe(component: &[u8], folder: &Path) -> Result<Description, Failure> {
    let deployment = Deployment::from_bytes(component);
    let described = host::runtime(None, 1)?.describe(deployment);
    described.map_err(|error| Failure::from(error).in_file(folder))
}

fn report(
    arguments: &BuildArguments,
    built: &Built,
    described: &Description,
    out: &Path,
) -> Result<String, Failure> {
    let shape = Shape::of(&built.component).map_err(|error| kit_failure(error.into()))?;
    let imports = shape.imported_functions();
    let digest = Digest::of(&built.component);
    let bytes = built.component.len();
    if arguments.json {
        return pretty_json(&json!({
            "component": out,
            "agency": described.agency,
            "version": described.version,
            "bytes": bytes,
            "moduleBytes": built.module,
            "maker": built.maker,
            "digest": digest,
            "imports": imports,
        }));
    }
    let size = match (built.module, arguments.names) {
        (None, _) => format!("{bytes} bytes, the engine of JavaScript among them"),
        (Some(module), true) => {
            format!("{bytes} bytes, with the names of functions; the module had {module}")
        }
        (Some(module), false) => {
            format!("{bytes} bytes, without the names of functions; the module had {module}")
        }
    };
    let mut told = vec![
        ("component", out.display().to_string()),
        ("agency", described.agency.clone()),
        ("version", described.version.clone()),
        ("size", size),
    ];
    told.extend(built.maker.clone().map(|maker| ("made by", maker)));
    told.push(("digest", digest.to_string()));
    told.push(("imports", imports.join("\n")));
    let told = facts(&told);
    Ok(printable(&told))
}
