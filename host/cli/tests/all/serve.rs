// SPDX-License-Identifier: Apache-2.0
//! `silta serve`, called as agencies call.

mod renewal;
mod sending;

use std::{
    io::{self, BufRead, BufReader, Read},
    net::TcpStream,
    process::{Child, ChildStderr, ChildStdout, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use ureq::Agent;

pub(crate) use crate::client::{client, client_with};
use crate::{
    project::{Project, members},
    validate,
};

pub(crate) const LISTENER: &str = "\n[listener]\naddress = \"127.0.0.1:0\"\ncertificates = \"pki/gateway.pem\"\nprivate-key = \"pki/gateway.key.pem\"\n";

/// A folder with a component that takes calls, and a place to take them at.
pub(crate) fn project() -> Project {
    let project = validate::project();
    let text = project.text("rogue.toml") + LISTENER;
    project.write("rogue.toml", text);
    project
}

/// The program, serving.
pub(crate) struct Serving {
    child: Child,
    out: BufReader<ChildStdout>,
    /// Lines of its log. They are read as they come, so that it never waits for a reader.
    log: mpsc::Receiver<String>,
    pub(crate) url: String,
}

impl Serving {
    pub(crate) fn start(project: &Project, arguments: &str) -> Self {
        let (serving, first) = Self::launch(project, arguments);
        assert_eq!(members(&first), ["agencies", "listening", "store"]);
        assert_eq!(first["agencies"], json!(["rogue"]));
        serving
    }

    /// The program, and its first line.
    pub(crate) fn launch(project: &Project, arguments: &str) -> (Self, Value) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_silta"))
            .args(arguments.split_whitespace())
            .current_dir(project.path(""))
            .env_remove("SILTA_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut serving = Self {
            out: BufReader::new(child.stdout.take().unwrap()),
            log: lines(child.stderr.take().unwrap()),
            child,
            url: String::new(),
        };
        let first = serving.line();
        // It need not listen for calls.
        let address = first["listening"].as_str().unwrap_or_default();
        let port = address.strip_prefix("127.0.0.1:").unwrap_or_default();
        serving.url = format!("https://localhost:{port}");
        (serving, first)
    }

    /// The next line of its log that has a text in it.
    pub(crate) fn log_until(&self, text: &str) -> String {
        let mut lines = self.log.iter();
        lines.find(|line| line.contains(text)).unwrap()
    }

    /// Number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The line of standard output.
    #[track_caller]
    pub(crate) fn line(&mut self) -> Value {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        if line.is_empty() {
            panic!("no more lines: {}", self.rest_of_log());
        }
        serde_json::from_str(&line).unwrap()
    }

    /// What nobody has read of the log, once the program has ended.
    fn rest_of_log(&self) -> String {
        self.log.iter().map(|line| line + "\n").collect()
    }

    /// Asks the program to end, and gives what was left to be read of its two outputs.
    #[cfg(unix)]
    pub(crate) fn stop(mut self, signal: &str) -> (String, String) {
        let killed = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status();
        assert!(killed.unwrap().success());
        let mut out = String::new();
        self.out.read_to_string(&mut out).unwrap();
        let err = self.rest_of_log();
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "{err}");
        (out, err)
    }
}

fn lines(from: ChildStderr) -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        let read = BufReader::new(from).lines().map_while(Result::ok);
        // The test may be over.
        read.for_each(|line| drop(sender.send(line)));
    });
    lines
}

/// A failing test leaves no program behind.
impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn post(agent: &Agent, url: &str, body: &str) -> (u16, String) {
    let mut response = agent
        .post(url)
        .header("X-Words", "of-a-header")
        .send(body)
        .unwrap();
    let text = response.body_mut().read_to_string().unwrap();
    (response.status().as_u16(), text)
}

/// What is waiting in the inbox.
pub(crate) fn entries(project: &Project) -> Vec<Value> {
    let list = project.silta("inbox list --config rogue.toml --json");
    list.exits(0);
    let list: Value = serde_json::from_str(&list.out).unwrap();
    list["entries"].as_array().unwrap().clone()
}

#[cfg(unix)]
#[test]
fn each_accepted_call_is_an_entry_and_nothing_else_is() {
    let project = project();
    let serving = Serving::start(&project, "-v serve --config rogue.toml");
    let agent = client(&project, "intermediary");
    let url = serving.url.clone();
    let call = |path: &str, body: &str| post(&agent, &format!("{url}/rogue/{path}"), body);
    assert_eq!(call("deliver", "one\ntwo").0, 202);
    let [entry] = &entries(&project)[..] else {
        panic!("one call, one entry");
    };
    assert_eq!(
        members(entry),
        [
            "acknowledged",
            "agency",
            "at",
            "committed",
            "component",
            "documents",
            "events",
            "followUps",
            "generation",
            "operation",
            "position",
            "settings",
            "source"
        ]
    );
    assert_eq!(
        (&entry["agency"], &entry["operation"]),
        (&"rogue".into(), &"called".into())
    );
    let event =
        json!({"kind": "called", "data": {"text": "two"}, "deduplicationKey": "called/two"});
    assert_eq!(entry["events"][1], event);
    assert_eq!(
        members(&entry["documents"][0]),
        ["mediaType", "name", "sha256", "size"]
    );
    assert_eq!(entry["followUps"][0]["operation"], "behave");
    // A duplicate, a rejection, a health check, a failure, another agency.
    assert_eq!(call("notify", "two\none").0, 200);
    assert_eq!(call("refuse", "secret-of-the-body").0, 403);
    assert_eq!(call("notify", "").0, 202);
    assert_eq!(call("crash", "").0, 503);
    assert_eq!(post(&agent, &format!("{url}/tulli/notify"), "").0, 404);
    let (status, echo) = call("echo", "");
    assert_eq!(status, 200);
    let echo: Value = serde_json::from_str(&echo).unwrap();
    assert!(echo["peer"].is_object(), "{echo}");
    assert_eq!(call("notify", "three").0, 202);
    let entries = entries(&project);
    // What the component crashed at is kept for somebody to look at: its caller is known.
    let kinds = entries.iter().map(|entry| &entry["events"][0]["kind"]);
    let kinds: Vec<_> = kinds.collect();
    assert_eq!(kinds, ["called", "silta.unreadable", "called"]);
    assert_eq!(entries[2]["events"][0]["deduplicationKey"], "called/three");
    let (out, err) = serving.stop("-TERM");
    assert_eq!(out, "");
    for words in [
        "verdict=\"accepted\"",
        "verdict=\"duplicate\"",
        "verdict=\"rejected\" code=\"call.refused\"",
        "verdict=\"failed\" code=\"component.crash\"",
        "verdict=\"refused\" code=\"agency.unknown\"",
        "agency=\"rogue\" generation=1 status=202",
    ] {
        assert!(err.contains(words), "`{words}` is not in:\n{err}");
    }
    for secret in [
        "secret-of-the-body",
        "of-a-header",
        "Silta test intermediary",
        "called/one",
    ] {
        assert!(!err.contains(secret), "`{secret}` is in:\n{err}");
    }
}

#[cfg(unix)]
#[test]
fn it_stops_when_it_is_told_to() {
    let project = project();
    for signal in ["-INT", "-TERM"] {
        let serving = Serving::start(&project, "serve --config rogue.toml --listen 127.0.0.1:0");
        assert_eq!(serving.stop(signal), (String::new(), String::new()));
    }
}

#[cfg(unix)]
fn signal(serving: &Serving, signal: &str) {
    let pid = serving.child.id().to_string();
    let sent = Command::new("kill").args([signal, &pid]).status();
    assert!(sent.unwrap().success());
}

#[cfg(unix)]
#[test]
fn a_closed_terminal_does_not_stop_it() {
    let project = project();
    let serving = Serving::start(&project, "serve --config rogue.toml");
    signal(&serving, "-HUP");
    let agent = client(&project, "intermediary");
    let url = format!("{}/rogue/notify", serving.url);
    assert_eq!(post(&agent, &url, "one").0, 202);
    let (_, err) = serving.stop("-TERM");
    assert!(err.contains("SIGHUP does not stop this program"), "{err}");
}

/// A call that does not come whole keeps it from stopping until the call's time is up, unless it is told twice.
#[cfg(unix)]
#[test]
fn a_second_signal_ends_it_at_once() {
    let project = project();
    let limits = "[listener.limits]\nstop-milliseconds = 3600000\nbody-milliseconds = 3600000\n";
    project.write("rogue.toml", project.text("rogue.toml") + limits);
    for (name, code) in [("-INT", 130), ("-TERM", 143)] {
        // A signal that comes before the call is seen to be under way stops it well; that says nothing.
        let mut ends = (0..20).map(|_| told_twice(&project, name));
        assert_eq!(ends.find(|end| *end != Some(0)), Some(Some(code)));
    }
}

/// How it ends when it is told to stop twice, while a call is under way.
#[cfg(unix)]
fn told_twice(project: &Project, name: &str) -> Option<i32> {
    let mut serving = Serving::start(project, "serve --config rogue.toml");
    let agent = client(project, "intermediary");
    let url = serving.url.clone();
    let (sent, is_sent) = mpsc::channel();
    let (end, ended) = mpsc::channel();
    let calling = thread::spawn(move || {
        let body = Unfinished {
            is_begun: false,
            tell: sent,
            end: ended,
        };
        let body = ureq::SendBody::from_owned_reader(body);
        // Nobody answers it.
        let _ = agent.post(format!("{url}/rogue/notify")).send(body);
    });
    // Once it is asked for more, the beginning is on its way.
    is_sent.recv().unwrap();
    is_sent.recv().unwrap();
    signal(&serving, name);
    let place = serving.url.replace("https://", "");
    while TcpStream::connect(&place).is_ok() {
        thread::yield_now();
    }
    if serving.child.try_wait().unwrap().is_none() {
        signal(&serving, name);
    }
    let code = serving.child.wait().unwrap().code();
    drop(end);
    calling.join().unwrap();
    code
}

/// A body of a few bytes and no end, which tells when it is read.
#[cfg(unix)]
struct Unfinished {
    is_begun: bool,
    tell: mpsc::Sender<()>,
    end: mpsc::Receiver<()>,
}

#[cfg(unix)]
impl Read for Unfinished {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        // Nobody listens when the connection has broken.
        let _ = self.tell.send(());
        if !self.is_begun {
            self.is_begun = true;
            bytes[0] = b'x';
            return Ok(1);
        }
        let _ = self.end.recv();
        Ok(0)
    }
}

/// What the operator's server answers.
fn operator(address: &str, path: &str) -> (u16, String) {
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .build()
        .into();
    let mut answer = agent.get(format!("http://{address}{path}")).call().unwrap();
    let text = answer.body_mut().read_to_string().unwrap();
    (answer.status().as_u16(), text)
}

#[cfg(unix)]
#[test]
fn the_operator_is_told_how_it_is() {
    let project = project();
    let table = "[operator]\naddress = \"127.0.0.1:0\"\n";
    project.write("rogue.toml", project.text("rogue.toml") + table);
    let (serving, first) = Serving::launch(&project, "serve --config rogue.toml");
    let address = first["operator"].as_str().unwrap().to_owned();
    let agent = client(&project, "intermediary");
    let call =
        |path: &str, body: &str| post(&agent, &format!("{}/rogue/{path}", serving.url), body).0;
    assert_eq!(call("deliver", "person one"), 202);
    assert_eq!(call("deliver", "person one"), 200);
    assert_eq!(call("refuse", "x"), 403);
    assert_eq!(operator(&address, "/health/live").0, 200);
    let (status, ready) = operator(&address, "/health/ready");
    let ready: Value = serde_json::from_str(&ready).unwrap();
    assert_eq!(status, 200);
    assert_eq!(
        ready,
        json!({"ready": true, "reasons": [], "agencies": {"rogue": "serving"}})
    );
    let (status, metrics) = operator(&address, "/metrics");
    assert_eq!(status, 200);
    for line in [
        "silta_calls_total{agency=\"rogue\",verdict=\"accepted\"} 1",
        "silta_calls_total{agency=\"rogue\",verdict=\"duplicate\"} 1",
        "silta_calls_total{agency=\"rogue\",verdict=\"rejected\"} 1",
        "silta_call_seconds_count{agency=\"rogue\"} 3",
        "silta_arrivals_total{agency=\"rogue\",outcome=\"new\"} 1",
        "silta_arrivals_total{agency=\"rogue\",outcome=\"duplicate\"} 1",
        "silta_ready 1",
        "silta_agency_serving{agency=\"rogue\"} 1",
        "silta_inbox_waiting 1",
        "silta_operations_queued 1",
        "# EOF",
    ] {
        assert!(metrics.lines().any(|one| one == line), "{line}:\n{metrics}");
    }
    assert!(!metrics.contains("person"), "{metrics}");
    assert_eq!(operator(&address, "/other").0, 404);
    let (status, page) = operator(&address, "/");
    assert_eq!(status, 200);
    assert!(
        page.contains(
            "<td role=\"cell\" data-label=\"Agency\"><a href=\"/agencies/rogue\">rogue</a></td>"
        ),
        "{page}"
    );
    // Files are looked at once everything has started.
    while !operator(&address, "/certificates")
        .1
        .contains("listener.certificates")
    {
        thread::yield_now();
    }
    // What the platform takes out is seen, too.
    project
        .silta("inbox ack --through 1000 --config rogue.toml")
        .succeeds();
    // The store is asked once a second at most.
    while !operator(&address, "/metrics")
        .1
        .contains("silta_inbox_waiting 0")
    {
        thread::sleep(Duration::from_millis(50));
    }
    serving.stop("-TERM");
}

/// What was answered is there after the program was killed, and is known when it comes again.
#[cfg(unix)]
#[test]
fn what_was_answered_outlives_the_program() {
    let project = project();
    let mut serving = Serving::start(&project, "serve --config rogue.toml");
    let agent = client(&project, "intermediary");
    let call = |serving: &Serving, path: &str, body: &str| {
        post(&agent, &format!("{}/rogue/{path}", serving.url), body).0
    };
    assert_eq!(call(&serving, "deliver", "one"), 202);
    serving.child.kill().unwrap();
    serving.child.wait().unwrap();
    // Nobody has the store; it can be looked into all the same.
    assert_eq!(entries(&project).len(), 1);
    let serving = Serving::start(&project, "serve --config rogue.toml");
    assert_eq!(call(&serving, "deliver", "one"), 200);
    assert_eq!(call(&serving, "notify", "two"), 202);
    assert_eq!(entries(&project).len(), 2);
    // A second program has to have a store of its own.
    let second = project.silta("serve --config rogue.toml");
    second.exits(5);
    assert!(second.err.contains("store.folder"), "{}", second.err);
    assert!(second.err.contains("in use by another process"));
}

#[track_caller]
fn refuses(project: &Project, arguments: &str, exit: i32, says: &[&str]) {
    let run = project.silta(arguments);
    run.exits(exit);
    assert_eq!(run.out, "");
    for piece in says {
        assert!(run.err.contains(piece), "`{piece}` is not in: {}", run.err);
    }
}

#[test]
fn what_is_wrong_with_the_configuration_is_told() {
    const SERVE: &str = "serve --config rogue.toml";
    let project = project();
    let right = project.text("rogue.toml");
    let configured = |from: &str, to: &str, says: &[&str]| {
        assert!(right.contains(from), "{from}");
        project.write("rogue.toml", right.replace(from, to));
        refuses(
            &project,
            SERVE,
            5,
            &[says, &["[configuration.file]"]].concat(),
        );
    };
    configured(LISTENER, "", &["listener", "silta init"]);
    configured(
        "127.0.0.1:0",
        "localhost:0",
        &["listener.address", "IP address with a port"],
    );
    configured(
        "gateway.pem",
        "none.pem",
        &["listener.certificates", "none.pem", "cannot be read"],
    );
    configured(
        "gateway.pem",
        "gateway.key.pem",
        &["listener.certificates", "line 1: `PRIVATE KEY`"],
    );
    configured(
        "gateway.key.pem",
        "gateway.pem",
        &["listener.private-key", "line 1: `CERTIFICATE`"],
    );
    configured(
        "gateway.key.pem",
        "ca.key.pem",
        &[
            "listener.certificates",
            "does not belong to the certificate",
        ],
    );
    configured("[listener]", "[listener]\nport = 1", &["port"]);
    let limits = |limit: &str| format!("[listener.limits]\n{limit}\n[listener]");
    configured(
        "[listener]",
        &limits("connections = 0"),
        &["listener.limits.connections", "1 to 100000"],
    );
    configured("[listener]", &limits("conections = 1"), &["conections"]);
    // 192.0.2.0/24 is for documentation (RFC 5737).
    configured(
        "127.0.0.1:0",
        "192.0.2.1:1",
        &["listener.address", "cannot be listened at"],
    );
    project.write("rogue.toml", right);
    refuses(
        &project,
        &format!("{SERVE} --listen 192.0.2.1:1"),
        2,
        &["--listen", "192.0.2.1:1"],
    );
    refuses(
        &project,
        &format!("{SERVE} --listen localhost"),
        2,
        &["--listen"],
    );
    refuses(&project, "serve", 5, &["silta.toml: listener"]);
    refuses(
        &project,
        "serve --config none.toml",
        5,
        &["none.toml", "cannot be read"],
    );
}

#[test]
fn agencies_that_never_call_leave_nothing_to_listen_for() {
    let project = Project::new();
    project.write("inspector.wasm", artifacts::XML_INSPECTOR.bytes);
    let text = format!("[agencies.xml-inspector]\ncomponent = \"inspector.wasm\"\n{LISTENER}");
    project.write("inspector.toml", text);
    let says = [
        "inspector.toml: agencies",
        "xml-inspector",
        "silta describe",
    ];
    refuses(&project, "serve --config inspector.toml", 5, &says);
}
