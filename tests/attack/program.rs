// SPDX-License-Identifier: Apache-2.0
//! The program under attack.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use tempfile::TempDir;

/// `silta serve`, in a folder that `silta init` has made.
pub(crate) struct Program {
    child: Child,
    folder: TempDir,
    pub(crate) address: SocketAddr,
    pub(crate) intermediary: String,
}

impl Program {
    /// Starts it with more settings in `[listener.limits]`.
    pub(crate) fn start(limits: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let silta = |arguments: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_silta"));
            command.args(arguments).current_dir(folder.path());
            command.env_remove("SILTA_LOG").stdin(Stdio::null());
            command
        };
        let made = silta(&["init", "customs"]).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        let configuration = folder.path().join("customs/silta.toml");
        let listener = format!(
            "\n[listener]\naddress = \"127.0.0.1:0\"\ncertificates = \"pki/gateway.pem\"\nprivate-key = \"pki/gateway.key.pem\"\n\
             [listener.limits]\n{limits}\n"
        );
        let text = fs::read_to_string(&configuration).unwrap();
        fs::write(&configuration, text.clone() + &listener).unwrap();
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let mut child = silta(&["-v", "serve", "--config", "customs/silta.toml"])
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        out.read_line(&mut first).unwrap();
        let started: serde_json::Value = serde_json::from_str(&first).unwrap();
        // Whoever reads the lines of arrivals has to go on reading.
        thread::spawn(move || out.lines().map_while(Result::ok).for_each(drop));
        let is_intermediary = |line: &&str| line.starts_with("intermediary = ");
        let line = text.lines().find(is_intermediary).unwrap();
        Self {
            address: started["listening"].as_str().unwrap().parse().unwrap(),
            intermediary: line.split('"').nth(1).unwrap().to_owned(),
            child,
            folder,
        }
    }

    /// A file of its folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("customs").join(name)
    }

    /// What it has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Memory in use, in bytes; 0 where that cannot be told.
    pub(crate) fn memory(&self) -> u64 {
        let status = fs::read_to_string(self.proc("status")).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
        kilobytes.unwrap_or_default() << 10
    }

    /// Processor time used so far; zero where that cannot be told.
    pub(crate) fn processor_time(&self) -> Duration {
        let tasks = fs::read_dir(self.proc("task")).into_iter().flatten();
        let nanoseconds = tasks.flatten().filter_map(|task| {
            // The first number of schedstat(5).
            let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
            text.split(' ').next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(nanoseconds.sum())
    }

    fn proc(&self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{name}", self.child.id()))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // A failed attack leaves no program behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
