// SPDX-License-Identifier: Apache-2.0
//! Components compiled in a process of their own: this program once more, without environment, secrets and open files, with a deadline and a limit of memory. It gets the component, gives
//! machine code, and ends; and it ends with this process, whatever ends that.

mod outcome;

use std::{
    io::{Read, Write},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use silta::{CompileError, ComponentCompiler};
use silta_config::CompileLimits;

pub(crate) use outcome::{COMPILED, REFUSED, TOO_MUCH};
use outcome::{Ended, judge};

/// The hidden command that is the other side.
pub(crate) const COMMAND: &str = "compile-worker";

/// Most bytes of machine code that are taken.
const MOST_CODE: u64 = 512 << 20;

/// What the compiler takes the number of its threads from. It has one: each takes address space of the limit, however little it uses.
const THREADS_VARIABLE: &str = "RAYON_NUM_THREADS";

/// How often a worker is looked at that has answered, until it has ended.
const LOOK: Duration = Duration::from_millis(5);

/// Compiles each component in a worker process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CompileWorker {
    limits: CompileLimits,
}

impl CompileWorker {
    pub(crate) fn new(limits: CompileLimits) -> Self {
        Self { limits }
    }

    fn command(self) -> Command {
        // This program and no other, also when its file has been replaced.
        let program = match cfg!(target_os = "linux") {
            true => "/proc/self/exe".into(),
            false => std::env::current_exe().unwrap_or_default(),
        };
        let mut command = Command::new(program);
        command
            .arg(COMMAND)
            .arg("--seconds")
            .arg(self.limits.time.as_secs().to_string())
            .arg("--memory-bytes")
            .arg(self.limits.memory_bytes.to_string())
            .env_clear()
            .env(THREADS_VARIABLE, "1")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // What it says beside its answer is for whoever runs it by hand.
            .stderr(Stdio::null());
        command
    }
}

impl ComponentCompiler for CompileWorker {
    fn compile(&self, component: &[u8]) -> Result<Vec<u8>, CompileError> {
        let begun = Instant::now();
        let child = self.command().spawn().map_err(|error| {
            CompileError::Failed(format!(
                "no process can be started for it ({error}); see the limit on processes, or say `deployments.compile-in-process = true`"
            ))
        })?;
        let mut worker = Worker(child);
        let result = worker.run(component, begun, self.limits);
        tracing::debug!(target: "silta::serve", process = worker.0.id(), bytes = component.len(), seconds = begun.elapsed().as_secs_f64(), "compiled by a process of its own");
        judge(result, self.limits)
    }
}

/// A process that is killed when it is not needed any more, and always waited for.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Worker {
    fn run(&mut self, component: &[u8], begun: Instant, limits: CompileLimits) -> Ended {
        let (Some(mut input), Some(output)) = (self.0.stdin.take(), self.0.stdout.take()) else {
            return Ended::Lost;
        };
        thread::scope(|scope| {
            let (tell, told) = mpsc::channel();
            scope.spawn(move || {
                // Whoever is not there any more to be told has given up.
                let _ = tell.send(read(output, MOST_CODE));
            });
            // A worker that ends before it has read everything says so itself.
            let length = component.len() as u64;
            let written = scope.spawn(move || {
                let sent = input
                    .write_all(&length.to_le_bytes())
                    .and_then(|()| input.write_all(component));
                // Open until it has answered: a worker whose input ends has lost whom it works for.
                sent.map(|()| input)
            });
            let left = limits.time.saturating_sub(begun.elapsed());
            let answer = told.recv_timeout(left);
            if matches!(answer, Err(RecvTimeoutError::Timeout)) {
                let _ = self.0.kill();
                let _ = self.0.wait();
                return Ended::TooSlow;
            }
            let status = self.end(begun, limits);
            drop(written.join());
            match (answer, status) {
                (Ok(answer), Some(status)) => Ended::ByItself { answer, status },
                (_, None) => Ended::TooSlow,
                (Err(_), _) => Ended::Lost,
            }
        })
    }

    /// How it ended; `None` where it had to be ended.
    fn end(&mut self, begun: Instant, limits: CompileLimits) -> Option<std::process::ExitStatus> {
        loop {
            match self.0.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if begun.elapsed() < limits.time => thread::sleep(LOOK),
                _ => {
                    let _ = self.0.kill();
                    let _ = self.0.wait();
                    return None;
                }
            }
        }
    }
}

/// Reads to the end, and keeps so many bytes.
fn read(mut from: impl Read, most: u64) -> Vec<u8> {
    let mut kept = Vec::new();
    let _ = from.by_ref().take(most).read_to_end(&mut kept);
    let _ = std::io::copy(&mut from, &mut std::io::sink());
    kept
}
