// SPDX-License-Identifier: Apache-2.0
//! `silta compile-worker`: the other side of `silta serve` where it compiles a component. Not for people.

use std::{
    fs,
    io::{self, Read, Write},
    process,
    sync::mpsc,
    thread,
};

use clap::Args;
use nix::sys::resource::{Resource, setrlimit};

use super::Completion;
use crate::{
    compile_worker::{COMPILED, REFUSED, TOO_MUCH},
    failure::Failure,
    host,
};

/// Stack of the thread that watches; it does nothing.
const STACK: usize = 64 << 10;

/// Exit code of a worker that nobody waits for any more.
const ALONE: i32 = 1;

/// Arguments of `silta compile-worker`.
#[derive(Debug, Args)]
pub(crate) struct CompileWorkerArguments {
    /// Processor time that it may take.
    #[arg(long)]
    seconds: u64,
    /// Bytes of address space that it may take beside what it begins with.
    #[arg(long)]
    memory_bytes: u64,
}

/// Reads a component from standard input, its length before it, and writes machine code to standard output. Ends when standard input does.
pub(crate) fn run(arguments: &CompileWorkerArguments) -> Result<Completion, Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        Failure::internal("compiler.failed", &format!("compile-worker: {error}"))
    };
    let runtime = host::runtime_that_compiles()?;
    let component = component().map_err(|error| failed(&error))?;
    watch().map_err(|error| failed(&error))?;
    limit(arguments).map_err(|error| failed(&error))?;
    let (kind, answer) = match runtime.compile_for_another(&component) {
        Ok(code) => (COMPILED, code),
        Err(silta::Error::Rejected { reason, .. }) => {
            let told = told(&reason);
            let kind = match is_of_memory(&told) {
                true => TOO_MUCH,
                false => REFUSED,
            };
            (kind, told.into_bytes())
        }
        Err(error) => return Err(Failure::from(error)),
    };
    let mut output = io::stdout().lock();
    let written = output
        .write_all(&[kind])
        .and_then(|()| output.write_all(&answer))
        .and_then(|()| output.flush());
    written.map_err(|error| failed(&error))?;
    Ok(Completion::Done)
}

/// What the engine says; the other side says the rest.
fn told(reason: &silta::Rejection) -> String {
    match reason {
        silta::Rejection::Invalid(error) => format!("{error:#}"),
        other => other.to_string(),
    }
}

/// Where the engine is told that there is no memory, and does not end for it: as the system and as the engine say it.
fn is_of_memory(told: &str) -> bool {
    let told = told.to_ascii_lowercase();
    told.contains("cannot allocate memory") || told.contains("out of memory")
}

fn component() -> io::Result<Vec<u8>> {
    let mut input = io::stdin().lock();
    let mut length = [0; 8];
    input.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    if length > host::LARGEST_COMPONENT {
        return Err(io::Error::other("the component is larger than any"));
    }
    let mut component = Vec::new();
    input.take(length).read_to_end(&mut component)?;
    match component.len() as u64 == length {
        true => Ok(component),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// Whoever waits for the answer keeps our input open: without them, there is nothing to be done. The thread has all that it needs before there is a limit.
fn watch() -> io::Result<()> {
    let (begun, wait) = mpsc::channel();
    let watch = move || {
        drop(begun);
        let _ = io::stdin().lock().read(&mut [0]);
        process::exit(ALONE);
    };
    let thread = thread::Builder::new().name("silta-watch".into());
    thread.stack_size(STACK).spawn(watch)?;
    // It sends nothing: the other end goes.
    let _: Result<(), mpsc::RecvError> = wait.recv();
    Ok(())
}

/// From here on, before anything has looked at the component.
fn limit(arguments: &CompileWorkerArguments) -> io::Result<()> {
    let seconds = arguments.seconds.max(1);
    setrlimit(Resource::RLIMIT_CPU, seconds, seconds.saturating_add(1))?;
    setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
    let memory = address_space().saturating_add(arguments.memory_bytes);
    setrlimit(Resource::RLIMIT_AS, memory, memory)?;
    Ok(())
}

/// Bytes of address space of this process. Most of them are what the engine reserves for calls, and never used.
fn address_space() -> u64 {
    let told = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = told.lines().find_map(|line| line.strip_prefix("VmSize:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    // Where nobody tells, the engine's reservation is assumed.
    kibibytes.map_or(ENGINE_RESERVATION, |kibibytes| {
        kibibytes.saturating_mul(1 << 10)
    })
}

/// What an engine for one call reserves, with all around it.
const ENGINE_RESERVATION: u64 = 16 << 30;
