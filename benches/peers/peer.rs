// SPDX-License-Identifier: Apache-2.0
//! The others, each a program that measures itself.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::Medians;

/// A peer: what has to be there, and what is run.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    /// What `tests/interop/prepare` puts there; nothing for what is there or is not.
    needs: Option<PathBuf>,
    program: PathBuf,
    arguments: Vec<PathBuf>,
}

/// All of them, prepared below a target folder.
pub(crate) fn all(target: &Path) -> Vec<Peer> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
    let (python, node) = (target.join("interop/python"), target.join("interop/node"));
    let in_python = |name, library: &str| Peer {
        name,
        needs: Some(python.join("stamp")),
        program: python.join("bin/python"),
        arguments: vec![here.join("on_libxml2.py"), library.into()],
    };
    vec![
        in_python("python-xmlsec", "xmlsec"),
        in_python("signxml", "signxml"),
        Peer {
            name: "xml-crypto",
            needs: Some(node.join("stamp")),
            program: "node".into(),
            arguments: vec![here.join("xml_crypto.js"), node.join("node_modules")],
        },
        Peer {
            name: "the JDK",
            needs: None,
            program: "java".into(),
            arguments: vec![here.join("Jdk.java")],
        },
        Peer {
            name: "bergshamra",
            needs: None,
            program: "cargo".into(),
            arguments: vec![
                "run".into(),
                "--release".into(),
                "--quiet".into(),
                "--manifest-path".into(),
                here.join("bergshamra/Cargo.toml"),
                "--target-dir".into(),
                target.join("peers/bergshamra"),
                "--".into(),
            ],
        },
    ]
}

impl Peer {
    /// Its name with its version, and its medians.
    pub(crate) fn measure(&self, folder: &Path, documents: &[&str]) -> Result<(String, Medians)> {
        if let Some(needed) = self.needs.as_ref().filter(|needed| !needed.exists()) {
            bail!("{} is missing; run tests/interop/prepare", needed.display());
        }
        // Absolute: another program may look elsewhere.
        let folder = folder.canonicalize()?;
        let output = Command::new(&self.program)
            .args(&self.arguments)
            .arg(folder)
            .args(documents)
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("{} cannot be run", self.program.display()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!(
                "it fails: {}",
                said.trim_end().lines().last().unwrap_or_default()
            );
        }
        read(&String::from_utf8_lossy(&output.stdout))
    }
}

/// The first line is a name, each further one a document, an operation and milliseconds.
fn read(said: &str) -> Result<(String, Medians)> {
    let mut lines = said.lines();
    let name = lines.next().context("it says nothing")?.to_owned();
    let median = |line: &str| {
        let mut fields = line.split('\t');
        let key = (fields.next()?.to_owned(), fields.next()?.to_owned());
        Some((key, fields.next()?.parse().ok()?))
    };
    let medians = lines
        .map(|line| median(line).with_context(|| format!("it says `{line}`")))
        .collect::<Result<_>>()?;
    Ok((name, medians))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_a_peer_says() {
        let (name, medians) = read("peer 1.0\n10KiB\tsign\t0.25\n10KiB\tverify\t0.125\n").unwrap();
        assert_eq!(name, "peer 1.0");
        let key = |operation: &str| ("10KiB".to_owned(), operation.to_owned());
        assert_eq!(medians[&key("sign")], 0.25);
        assert_eq!(medians[&key("verify")], 0.125);
    }

    #[test]
    fn another_line_is_an_error() {
        for said in [
            "",
            "peer 1.0\n10KiB\tsign\n",
            "peer 1.0\n10KiB\tsign\tfast\n",
        ] {
            assert!(read(said).is_err(), "{said:?}");
        }
    }
}
