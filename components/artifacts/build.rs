// SPDX-License-Identifier: Apache-2.0
//! Builds every component for `wasm32-unknown-unknown` and wraps it, so that `cargo run` and `cargo test` are enough on a fresh clone.
//!
//! The nested build has a target folder of its own, `components` below the outer one, shared by all profiles: a component is built once
//! and only again when its sources change. It uses a folder of its own also because cargo locks the outer one while this runs.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use miniz_oxide::deflate::{CompressionLevel, compress_to_vec};
use sha2::{Digest, Sha256};
use silta_kit::{Compilation, Names, component_of, ensure_target};

/// Packages that are components. Each gets two constants of its name in `src/lib.rs`.
const COMPONENTS: &[&str] = &[
    "courier",
    "rogue",
    "suomifi-mail",
    "suomifi-rest",
    "suomifi-viestit",
    "tulli",
    "vero",
    "xml-inspector",
];

fn main() {
    if let Err(error) = build_all() {
        // The advice is in the message; a backtrace of this script helps nobody.
        eprintln!("error: {error:#}");
        std::process::exit(1);
    }
}

fn build_all() -> Result<()> {
    let manifest_dir = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let root = manifest_dir
        .ancestors()
        .nth(2)
        .context("the package lies two folders below the workspace")?;
    for input in ["Cargo.toml", "Cargo.lock", "wit", "components"] {
        println!("cargo::rerun-if-changed={}", root.join(input).display());
    }
    ensure_target(root)?;
    let out_dir = PathBuf::from(env::var("OUT_DIR")?);
    let target_dir = target_dir(&out_dir)?.join("components");
    let mut constants = String::new();
    for &package in COMPONENTS {
        let core = build(root, &target_dir, package)?;
        let component = out_dir.join(format!("{package}.wasm"));
        wrap(&core, &component).with_context(|| format!("wrapping {package} as a component"))?;
        constants.push_str(&constant(package, &component));
        constants.push_str(&packed(package, &component)?);
    }
    fs::write(out_dir.join("components.rs"), constants)?;
    Ok(())
}

/// The outer target folder: `OUT_DIR` is `<target>/<profile>/build/<package>/out`, with the platform before the profile in cross builds.
fn target_dir(out_dir: &Path) -> Result<PathBuf> {
    let is_target = |folder: &&Path| {
        folder.join(".rustc_info.json").exists() || folder.join("CACHEDIR.TAG").exists()
    };
    let found = out_dir.ancestors().skip(3).find(is_target);
    Ok(found
        .or_else(|| out_dir.ancestors().nth(4))
        .context("OUT_DIR lies in a target folder")?
        .to_owned())
}

fn build(root: &Path, target_dir: &Path, package: &str) -> Result<PathBuf> {
    let module = Compilation::of(root)
        .package(package)
        .target_folder(target_dir)
        .options(["--locked"])
        .without_variables(foreign_variables())
        .run();
    module.with_context(|| format!("building the component `{package}`"))
}

/// What the outer build is told must not reach the inner one: it is for another machine.
fn foreign_variables() -> impl Iterator<Item = String> {
    const FOREIGN: [&str; 12] = [
        "CARGO_",
        "RUSTFLAGS",
        "RUSTC",
        "RUSTDOC",
        "CLIPPY_",
        "DEP_",
        "TARGET",
        "HOST",
        "PROFILE",
        "OPT_LEVEL",
        "DEBUG",
        "NUM_JOBS",
    ];
    const KEPT: [&str; 5] = [
        "CARGO_HOME",
        "CARGO_NET_OFFLINE",
        "CARGO_HTTP_",
        "CARGO_REGISTRIES_",
        "CARGO_SOURCE_",
    ];
    let is_foreign = |name: &String| {
        FOREIGN.iter().any(|prefix| name.starts_with(prefix))
            && !KEPT.iter().any(|prefix| name.starts_with(prefix))
    };
    env::vars().map(|(name, _)| name).filter(is_foreign)
}

/// Wraps a core module, whose custom section carries the contract, as a component.
fn wrap(core: &Path, component: &Path) -> Result<()> {
    let module = fs::read(core).with_context(|| format!("reading {}", core.display()))?;
    let encoded = component_of(&module, Names::LeftOut)?;
    // Unchanged bytes keep their time, so that nothing that embeds them is built again.
    if fs::read(component).ok().as_deref() != Some(encoded.as_slice()) {
        fs::write(deflated(component), compress_to_vec(&encoded, LEVEL))?;
        fs::write(component, encoded)?;
    }
    Ok(())
}

/// Smallest, at a second for each component.
const LEVEL: u8 = CompressionLevel::BestCompression as u8;

/// Where a component lies deflated.
fn deflated(component: &Path) -> PathBuf {
    component.with_extension("deflated")
}

/// The bytes are a static: of a constant, each crate that names it would have a copy.
fn constant(package: &str, component: &Path) -> String {
    let name = package.to_uppercase().replace('-', "_");
    format!(
        "static {name}_BYTES: [u8; include_bytes!({path:?}).len()] = *include_bytes!({path:?});\n/// The component `{package}`.\npub const {name}: Artifact = Artifact {{ name: {package:?}, path: {path:?}, bytes: &{name}_BYTES }};\n",
        path = component.display().to_string()
    )
}

/// The same component, deflated, with what is to be known of it before it is inflated.
fn packed(package: &str, component: &Path) -> Result<String> {
    let bytes = fs::read(component)?;
    let (size, sha256): (_, [u8; 32]) = (bytes.len(), Sha256::digest(&bytes).into());
    let name = package.to_uppercase().replace('-', "_");
    let path = deflated(component).display().to_string();
    Ok(format!(
        "static {name}_DEFLATED: [u8; include_bytes!({path:?}).len()] = *include_bytes!({path:?});\n/// The component `{package}`, packed.\npub const {name}_PACKED: PackedArtifact = PackedArtifact {{ name: {package:?}, size: {size}, sha256: {sha256:?}, deflated: &{name}_DEFLATED }};\n",
    ))
}
