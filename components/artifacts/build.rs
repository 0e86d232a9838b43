// SPDX-License-Identifier: Apache-2.0
//! Builds every component for `wasm32-unknown-unknown` and wraps it, so that `cargo run` and `cargo test` are enough on a fresh clone.
//!
//! The nested build has a target folder of its own, `components` below the outer one, shared by all profiles: a component is built once
//! and only again when its sources change. It uses a folder of its own also because cargo locks the outer one while this runs.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};
use wit_component::ComponentEncoder;

/// Packages that are components. Each gets a constant of its name in `src/lib.rs`.
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

const TARGET: &str = "wasm32-unknown-unknown";

/// Stack of a component in bytes. It is cleared between calls, so what is not needed costs time: protocol code nests a few dozen frames.
const STACK: u32 = 64 * 1024;

/// Memory of a component to begin with, in bytes. What a call does not touch costs nothing, but growing costs system calls.
const MEMORY: u32 = 256 * 1024;

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
    ensure_target()?;
    let out_dir = PathBuf::from(env::var("OUT_DIR")?);
    let target_dir = target_dir(&out_dir)?.join("components");
    let mut constants = String::new();
    for &package in COMPONENTS {
        let core = build(root, &target_dir, package)?;
        let component = out_dir.join(format!("{package}.wasm"));
        wrap(&core, &component).with_context(|| format!("wrapping {package} as a component"))?;
        constants.push_str(&constant(package, &component));
    }
    fs::write(out_dir.join("components.rs"), constants)?;
    Ok(())
}

/// Adds the target where rustup can; otherwise says what to do.
fn ensure_target() -> Result<()> {
    let rustc = env::var("RUSTC")?;
    let sysroot = Command::new(&rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()?;
    let libdir = PathBuf::from(String::from_utf8(sysroot.stdout)?.trim());
    if libdir.is_dir() {
        return Ok(());
    }
    let advice = format!(
        "the components need the compilation target {TARGET}; add it with `rustup target add {TARGET}`, or install a Rust toolchain that has it"
    );
    match Command::new("rustup")
        .args(["target", "add", TARGET])
        .status()
    {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => bail!("rustup could not add the target. {advice}"),
        Err(_) => bail!("rustup is not there to add the target. {advice}"),
    }
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
    let mut cargo = Command::new(env::var("CARGO")?);
    cargo
        .current_dir(root)
        .args([
            "rustc",
            "--locked",
            "--quiet",
            "--lib",
            "--crate-type",
            "cdylib",
            "--profile",
            "component",
            "--target",
            TARGET,
        ])
        .args(["--package", package, "--target-dir"])
        .arg(target_dir)
        .args(["--", "-C"])
        .arg(format!(
            "link-args=-zstack-size={STACK} --initial-memory={MEMORY}"
        ));
    // What the outer build is told must not reach the inner one: it is for another machine.
    for (name, _) in env::vars() {
        let foreign = [
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
        let kept = [
            "CARGO_HOME",
            "CARGO_NET_OFFLINE",
            "CARGO_HTTP_",
            "CARGO_REGISTRIES_",
            "CARGO_SOURCE_",
        ];
        if foreign.iter().any(|prefix| name.starts_with(prefix))
            && !kept.iter().any(|prefix| name.starts_with(prefix))
        {
            cargo.env_remove(&name);
        }
    }
    cargo.env("RUSTFLAGS", "-C target-feature=+simd128");
    let status = cargo
        .status()
        .context("starting cargo for the components")?;
    ensure!(
        status.success(),
        "building component `{package}` for {TARGET} failed; the compiler's messages are above"
    );
    Ok(target_dir
        .join(TARGET)
        .join("component")
        .join(format!("{}.wasm", package.replace('-', "_"))))
}

/// Wraps a core module, whose custom section carries the contract, as a component.
fn wrap(core: &Path, component: &Path) -> Result<()> {
    let module = fs::read(core).with_context(|| format!("reading {}", core.display()))?;
    let encoded = ComponentEncoder::default()
        .validate(true)
        .module(&module)?
        .encode()?;
    // Unchanged bytes keep their time, so that nothing that embeds them is built again.
    if fs::read(component).ok().as_deref() != Some(encoded.as_slice()) {
        fs::write(component, encoded)?;
    }
    Ok(())
}

fn constant(package: &str, component: &Path) -> String {
    let name = package.to_uppercase().replace('-', "_");
    format!(
        "/// The component `{package}`.\npub const {name}: Artifact = Artifact {{ name: {package:?}, path: {path:?}, bytes: include_bytes!({path:?}) }};\n",
        path = component.display().to_string()
    )
}
