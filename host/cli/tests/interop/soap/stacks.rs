// SPDX-License-Identifier: Apache-2.0
//! The stacks, by the scripts in `tests/interop/tulli`, and the folder that the program works in.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;
use toml::Table;
use ureq::Agent;
use xml_testkit::tools::succeeds;

use crate::{peers, program::silta};

/// Business id of whoever sends and signs, in the folder that `silta init` makes.
pub(super) const INTERMEDIARY: &str = "9000001-1";

/// Business id of whoever declares, in its example.
pub(super) const DECLARANT: &str = "9000003-8";

/// A folder that `silta init` made.
pub(super) struct Project {
    folder: TempDir,
}

impl Project {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        succeeds(silta(&["init", folder.path().to_str().unwrap()]));
        Self { folder }
    }

    /// Where a file of the folder is, in words that a command line takes.
    pub(super) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    pub(super) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub(super) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        fs::write(self.path(name), content).unwrap();
        self.path(name)
    }

    /// Sets a setting of the agency, by its path below `settings`.
    pub(super) fn set(&self, path: &str, value: &str) {
        let text = String::from_utf8(self.read("silta.toml")).unwrap();
        let mut config: Table = text.parse().unwrap();
        let mut table = &mut config;
        let path = format!("agencies.tulli.settings.{path}");
        let (tables, name) = path.rsplit_once('.').unwrap();
        for key in tables.split('.') {
            let inner = table.entry(key).or_insert_with(|| Table::new().into());
            table = inner.as_table_mut().unwrap();
        }
        table.insert(name.to_owned(), value.into());
        self.write("silta.toml", config.to_string());
    }

    /// A request of the program's, by the JSON that it shows.
    pub(super) fn build(&self, operation: &str, parameters: &Value) -> Built {
        let config = self.path("silta.toml");
        let parameters = self.write("parameters.json", parameters.to_string());
        let body = self.path("request.xml");
        let mut arguments = vec!["build", "tulli", operation, "--json"];
        arguments.extend(["--config", &config, "--params", &parameters, "--out", &body]);
        let payload = self.path("examples/declaration.xml");
        if operation == "upload" {
            arguments.extend(["--payload", &payload]);
        }
        let shown = succeeds(silta(&arguments));
        self.write("request.json", &shown);
        Built {
            body,
            request: serde_json::from_slice(&shown).unwrap(),
        }
    }

    /// What the program makes of an answer to what was built last: its exit code and its JSON. Documents go into the folder `documents`.
    #[track_caller]
    pub(super) fn parse(&self, operation: &str, answer: &Answer) -> (i32, Value) {
        let output = self.judge(operation, answer);
        let error = String::from_utf8_lossy(&output.stderr);
        let outcome = serde_json::from_slice(&output.stdout);
        let outcome = outcome.unwrap_or_else(|_| panic!("{operation}: {error}"));
        (output.status.code().unwrap(), outcome)
    }

    /// The program must find that the counterparty's answer cannot be understood, and keep nothing of it.
    #[track_caller]
    pub(super) fn does_not_take(&self, operation: &str, answer: &Answer) {
        let output = self.judge(operation, answer);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(6), "{operation}: {error}");
        assert!(output.stdout.is_empty(), "{operation}");
        let kept = fs::read_dir(self.path("documents")).unwrap().count();
        assert_eq!(kept, 0, "{operation}");
    }

    fn judge(&self, operation: &str, answer: &Answer) -> Output {
        let config = self.path("silta.toml");
        let (request, documents) = (self.path("request.json"), self.path("documents"));
        fs::create_dir_all(&documents).unwrap();
        let body = self.write("answer.xml", &answer.body);
        let status = answer.status.to_string();
        let header = format!("Content-Type: {}", answer.content_type);
        let mut arguments = vec!["parse", "tulli", operation, "--json", "--config", &config];
        arguments.extend(["--request-json", &request, "--documents", &documents]);
        arguments.extend(["--status", &status, "--header", &header, "--body", &body]);
        silta(&arguments)
    }
}

/// A request that was built.
pub(super) struct Built {
    /// The file of its body.
    pub(super) body: String,
    /// The rest of it.
    pub(super) request: Value,
}

impl Built {
    /// Posts it as it says, but to this URL.
    pub(super) fn post(&self, url: &str) -> Answer {
        assert_eq!(self.request["target"]["method"], "POST");
        let agent: Agent = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .build()
            .into();
        let mut request = agent.post(url);
        for header in self.request["headers"].as_array().unwrap() {
            request = request.header(
                header["name"].as_str().unwrap(),
                header["value"].as_str().unwrap(),
            );
        }
        let mut response = request.send(&fs::read(&self.body).unwrap()[..]).unwrap();
        let content_type = response.headers().get("content-type").unwrap();
        Answer {
            status: response.status().as_u16(),
            content_type: content_type.to_str().unwrap().to_owned(),
            body: response.body_mut().read_to_vec().unwrap(),
        }
    }
}

/// An answer by HTTP.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) body: Vec<u8>,
}

/// The service of soap for node, in a process of its own.
pub(super) struct Service {
    process: Process,
    pub(super) url: String,
}

impl Service {
    /// Starts it with options of `service.js`.
    pub(super) fn start(options: &[String]) -> Self {
        let mut process = Process::start(peers::node("tulli/service.js").args(options));
        let begin: Value = serde_json::from_str(&process.line()).unwrap();
        let (port, path) = (&begin["port"], begin["path"].as_str().unwrap());
        let is_secure = options.iter().any(|option| option.starts_with("key="));
        let begin = if is_secure {
            "https://localhost"
        } else {
            "http://127.0.0.1"
        };
        Self {
            process,
            url: format!("{begin}:{port}{path}"),
        }
    }

    /// Starts it as a company's service for notifications, which wants to know who calls.
    pub(super) fn for_notifications(project: &Project, more: &[String]) -> Self {
        let options = [
            "interface=notification".to_owned(),
            format!("key={}", project.path("pki/customs.key.pem")),
            format!("certificate={}", project.path("pki/customs.pem")),
            format!("client-ca={}", project.path("pki/ca.pem")),
        ];
        Self::start(&[&options, more].concat())
    }

    /// What it read of the next request.
    pub(super) fn record(&mut self) -> Value {
        serde_json::from_str(&self.process.line()).unwrap()
    }
}

/// A program that serves until its standard input ends.
pub(super) struct Process {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Process {
    pub(super) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            input: child.stdin.take(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    /// The next line that it prints.
    #[track_caller]
    pub(super) fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        assert!(line.ends_with('\n'), "the program ended: {line}");
        line
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.input.take());
        // A program that ends by itself needs no more than that; one that does not must not outlive the test.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What zeep makes of its command line; `client.py` and `messages.py` tell what there is.
#[track_caller]
pub(super) fn zeep(script: &str, arguments: &[&str]) -> Value {
    let mut command = peers::python(&format!("tulli/{script}"));
    let output = command.args(arguments).output().unwrap();
    serde_json::from_slice(&succeeds(output)).unwrap()
}

/// What the schemas say to a file.
pub(super) fn judge(file: &str) -> Value {
    let Output { stdout, stderr, .. } = peers::python("tulli/validate.py")
        .arg(file)
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&stderr);
    serde_json::from_slice(&stdout).unwrap_or_else(|_| panic!("{error}"))
}

/// A file has to be as the schemas have it, with the document inside of it.
#[track_caller]
pub(super) fn is_valid(file: &str) {
    let judgement = judge(file);
    assert_eq!(judgement["valid"], true, "{judgement:#}");
}

/// Descriptions and schemas, all of them.
pub(super) fn descriptions() -> Vec<PathBuf> {
    let is_one = |path: &PathBuf| {
        let extension = path.extension().unwrap_or_default();
        extension == "wsdl" || extension == "xsd"
    };
    let folder: &Path = &peers::scripts().join("tulli");
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(is_one).collect()
}
