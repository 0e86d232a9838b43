// SPDX-License-Identifier: Apache-2.0
//! How many instructions does our own code execute on the path that every message goes? Unlike times, they are the same in each run.
//!
//! The protocol code of an upload, a verification and a notification, compiled for this machine rather than for the sandbox: compiling a component below
//! valgrind takes minutes. No key signs and no digest is computed, so that nothing but our own code and what it stands on is counted; a constant stands for
//! each. Each piece of work is done in two runs, a different number of times, and the difference counts: what comes before and after falls out.
//!
//! Run: `cargo run --release -p silta-benches --bin instructions`. Needs valgrind. Writes `instructions.json` into the folder of criterion's results, or
//! into that which is the only argument; the program `budgets` reads it there.
//!
//! Where the instructions are: `valgrind --tool=callgrind target/release/instructions --work verify/tags 3`, then `callgrind_annotate`.

mod count;
mod work;

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result, bail};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["--work", name, times] => work(name, times),
        [] => count_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/criterion")),
        [folder] => count_all(&PathBuf::from(folder)),
        _ => Err(anyhow::anyhow!("usage: instructions [FOLDER]")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Does a piece of work, to be counted from outside.
fn work(name: &str, times: &str) -> Result<()> {
    let times: u32 = times.parse().context("how many times")?;
    let mut work = work::named(name)?;
    let mut size = 0;
    for _ in 0..times {
        size += work()?;
    }
    // It comes out, so that it is not optimised away.
    println!("{size}");
    Ok(())
}

fn count_all(folder: &Path) -> Result<()> {
    let mut counts = BTreeMap::new();
    for (name, times) in work::ALL {
        let count = count::difference(name, times)?;
        println!("{count:>12}  {name}");
        counts.insert(name, count);
    }
    if counts.is_empty() {
        bail!("there is nothing to count");
    }
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let file = folder.join("instructions.json");
    fs::write(&file, serde_json::to_vec_pretty(&counts)?)
        .with_context(|| format!("writing {}", file.display()))
}
