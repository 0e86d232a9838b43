// SPDX-License-Identifier: Apache-2.0
//! The program, set up by itself, and its inbox.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::reserved::Reserved;

/// A folder in which the program serves, at the same address each time.
pub(crate) struct Program {
    folder: TempDir,
    address: Reserved,
    platform: Reserved,
}

/// The program while it serves, or starts to.
pub(crate) struct Serving {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Program {
    /// `silta init` makes it, for the agencies that call.
    pub(crate) fn made() -> Self {
        Self::made_for(&["tulli", "vero", "suomifi-viestit"])
    }

    /// `silta init` makes it, for these agencies.
    pub(crate) fn made_for(agencies: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [address, platform] = [(); 2].map(|()| Reserved::new());
        let program = Self {
            folder,
            address,
            platform,
        };
        let agencies = agencies.iter().flat_map(|agency| ["--agency", agency]);
        let arguments: Vec<&str> = ["init", ".", "--listener"]
            .into_iter()
            .chain(agencies)
            .collect();
        program.run(&arguments);
        program
    }

    /// A command of the program in its folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_silta"));
        command.args(arguments).current_dir(self.folder.path());
        command.env_remove("SILTA_LOG").stdin(Stdio::null());
        command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
        command
    }

    /// What a command of the program prints, which succeeds.
    pub(crate) fn run(&self, arguments: &[&str]) -> Vec<u8> {
        let output = self.command(arguments).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
        output.stdout
    }

    /// A configuration beside the first, with more tables.
    pub(crate) fn configured(&self, name: &str, more: &str) {
        let text = fs::read_to_string(self.path("silta.toml")).unwrap();
        fs::write(self.path(name), format!("{text}\n{more}\n")).unwrap();
    }

    /// Serves, once it listens.
    pub(crate) fn serve(&self) -> Serving {
        let mut serving = self.start("silta.toml", &[]);
        assert!(serving.listens(), "it does not serve");
        serving
    }

    /// Starts to serve by a configuration, with variables of its environment.
    pub(crate) fn start(&self, configuration: &str, environment: &[(&str, String)]) -> Serving {
        self.spawn(configuration, environment, Stdio::null())
    }

    /// Starts to serve, and logs all that there is to log into a file.
    pub(crate) fn start_logging(&self, configuration: &str, log: fs::File) -> Serving {
        let environment = [("SILTA_LOG", "trace".to_owned())];
        self.spawn(configuration, &environment, log.into())
    }

    fn spawn(&self, configuration: &str, environment: &[(&str, String)], log: Stdio) -> Serving {
        let address = self.address().to_string();
        let arguments = ["serve", "--strict", "--config", configuration];
        let mut command = self.command(&[&arguments[..], &["--listen", &address]].concat());
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        command.stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Serving { child, out }
    }

    /// A file of its folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The size of a file of its folder; 0 if there is none.
    pub(crate) fn size(&self, name: &str) -> u64 {
        fs::metadata(self.path(name)).map_or(0, |file| file.len())
    }

    /// A PEM file.
    pub(crate) fn pem(&self, name: &str) -> String {
        fs::read_to_string(self.path(&format!("pki/{name}.pem"))).unwrap()
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address.address()
    }

    /// Where its platform is to call it.
    pub(crate) fn platform(&self) -> SocketAddr {
        self.platform.address()
    }

    /// Where an agency calls it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://localhost:{}/{path}", self.address().port())
    }

    /// Whom the notifications of Customs have to name.
    pub(crate) fn intermediary(&self) -> String {
        let text = fs::read_to_string(self.path("silta.toml")).unwrap();
        let line = text
            .lines()
            .find(|line| line.starts_with("intermediary = "));
        line.unwrap().split('"').nth(1).unwrap().to_owned()
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
    /// Waits until it listens, or has ended.
    pub(crate) fn listens(&mut self) -> bool {
        let mut first = String::new();
        self.out.read_line(&mut first).unwrap();
        first.contains("listening")
    }

    /// A file of the process in `/proc`.
    pub(crate) fn proc(&self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{name}", self.child.id()))
    }

    /// Ends it at once; whether it had listened, where nobody has waited for that.
    pub(crate) fn kill(&mut self) -> bool {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let mut said = String::new();
        // What is cut off is no line.
        let _ = self.out.read_to_string(&mut said);
        said.ends_with('\n')
    }

    pub(crate) fn stop(mut self) {
        self.signal("TERM");
        assert!(self.child.wait().unwrap().success());
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let told = Command::new("kill").args(["-s", name, &id]).status();
        assert!(told.unwrap().success());
    }
}

/// A proof that fails leaves no program behind.
impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
