// SPDX-License-Identifier: Apache-2.0
//! Programs of ours that run beside a test.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    thread,
};

use crate::project::Project;

/// A program of ours that runs until it is dropped, and its first line.
pub(crate) struct Running {
    child: Child,
    pub(crate) first: String,
}

impl Running {
    pub(crate) fn start(project: &Project, arguments: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_silta"))
            .args(arguments.split_whitespace())
            .current_dir(project.path(""))
            // What one test has compiled need not be compiled by the next.
            .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut errors = child.stderr.take().unwrap();
        // Read as it comes, so that it never waits for a reader.
        thread::spawn(move || {
            let mut all = Vec::new();
            let _ = errors.read_to_end(&mut all);
        });
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        output.read_line(&mut first).unwrap();
        thread::spawn(move || {
            let mut all = Vec::new();
            let _ = output.read_to_end(&mut all);
        });
        let first = first.trim().to_owned();
        Self { child, first }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
