// SPDX-License-Identifier: Apache-2.0
//! Takes the program from the README, and compares the lines that the README has for a manifest with those of this one.

use std::{env, error::Error, fs, path::Path};

const README: &str = "../../README.md";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={README}");
    println!("cargo::rerun-if-changed=Cargo.toml");
    let readme = fs::read_to_string(README)?;
    let section = readme.split("\n## Embed it\n").nth(1);
    let section = section.ok_or("the README has no section `Embed it`")?;
    let section = section.split("\n## ").next().unwrap_or_default();

    let manifest = fs::read_to_string("Cargo.toml")?;
    // There, this repository lies beside the program.
    let lines = block(section, "toml")?.replace("../silta/", "../../");
    for line in lines.lines().filter(|line| !line.is_empty()) {
        let line = line.split(" # ").next().unwrap_or_default().trim_end();
        if !manifest.lines().any(|known| known == line) {
            return Err(format!("the README has a line that this manifest has not: {line}").into());
        }
    }
    let out_dir = env::var("OUT_DIR")?;
    fs::write(
        Path::new(&out_dir).join("program.rs"),
        block(section, "rust")?,
    )?;
    Ok(())
}

/// The one block of a language.
fn block<'a>(section: &'a str, language: &str) -> Result<&'a str, String> {
    let mut blocks = section.split("```").skip(1).step_by(2);
    let block = blocks.find_map(|block| block.strip_prefix(language));
    block.ok_or_else(|| format!("the section `Embed it` of the README has no block of {language}"))
}
