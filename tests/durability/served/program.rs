// SPDX-License-Identifier: Apache-2.0
//! The program, set up by itself, and its inbox.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

/// A folder in which the program serves, at the same address each time.
pub(crate) struct Program {
    folder: TempDir,
    address: String,
}

/// The program while it serves.
pub(crate) struct Serving(Child);

impl Program {
    /// `silta init` makes it.
    pub(crate) fn made() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Let go again: who comes first has it, and nobody else looks for ports here.
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap().to_string();
        let program = Self { folder, address };
        let agencies = ["tulli", "vero", "suomifi-viestit"];
        let agencies = agencies.iter().flat_map(|agency| ["--agency", agency]);
        let arguments: Vec<&str> = ["init", ".", "--listener"]
            .into_iter()
            .chain(agencies)
            .collect();
        program.run(&arguments);
        program
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_silta"));
        command.args(arguments).current_dir(self.folder.path());
        command.env_remove("SILTA_LOG").stdin(Stdio::null());
        command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
        command
    }

    fn run(&self, arguments: &[&str]) -> Vec<u8> {
        let output = self.command(arguments).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
        output.stdout
    }

    /// Serves, once it listens.
    pub(crate) fn serve(&self) -> Serving {
        let mut child = self
            .command(&["serve", "--strict", "--listen", &self.address])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut first = String::new();
        let out = child.stdout.take().unwrap();
        BufReader::new(out).read_line(&mut first).unwrap();
        assert!(first.contains("listening"), "it does not serve");
        Serving(child)
    }

    /// A file of its folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A PEM file.
    pub(crate) fn pem(&self, name: &str) -> String {
        fs::read_to_string(self.path(&format!("pki/{name}.pem"))).unwrap()
    }

    /// Where an agency calls it.
    pub(crate) fn url(&self, path: &str) -> String {
        let (_, port) = self.address.rsplit_once(':').unwrap();
        format!("https://localhost:{port}/{path}")
    }

    /// Nothing in the store is damaged.
    pub(crate) fn check(&self) {
        self.run(&["store", "check"]);
    }

    /// Everything in the inbox.
    pub(crate) fn entries(&self) -> Vec<Value> {
        let mut all = Vec::new();
        let mut after = "0".to_owned();
        loop {
            let page = ["inbox", "list", "--all", "--json", "--limit", "1000"];
            let page = [&page[..], &["--after", &after]].concat();
            let mut page: Value = serde_json::from_slice(&self.run(&page)).unwrap();
            all.append(page["entries"].as_array_mut().unwrap());
            match page["more"].as_u64() {
                Some(more) => after = more.to_string(),
                None => return all,
            }
        }
    }
}

impl Serving {
    pub(crate) fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    pub(crate) fn stop(mut self) {
        let id = self.0.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(told.success());
        assert!(self.0.wait().unwrap().success());
    }
}

/// A proof that fails leaves no program behind.
impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
