// SPDX-License-Identifier: Apache-2.0
//! What a collector is told of traces, read by the messages of the OpenTelemetry protocol.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use ureq::Agent;

use crate::{peers, project::Project, running::Running};

/// No honest step takes as long.
const PATIENCE: Duration = Duration::from_secs(120);

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

/// Invented, and of the range that no person is given.
const PERSONAL_CODE: &str = "010101-900R";

/// What takes spans. It ends with its input.
struct Collector {
    child: Child,
    url: String,
    lines: mpsc::Receiver<String>,
    spans: Vec<Value>,
}

impl Collector {
    fn start() -> Self {
        let mut child = peers::python("telemetry/receiver.py")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut read = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = read.next().unwrap().unwrap();
        let (line, lines) = mpsc::channel();
        thread::spawn(move || read.map_while(Result::ok).try_for_each(|it| line.send(it)));
        Self {
            child,
            url,
            lines,
            spans: Vec::new(),
        }
    }

    /// Reads until something holds of all spans.
    #[track_caller]
    fn until(&mut self, what: &str, holds: impl Fn(&[Value]) -> bool) {
        while !holds(&self.spans) {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("{what}: {:#?}", self.spans));
            assert!(
                !line.contains(PERSONAL_CODE) && !line.contains("TRACED-1"),
                "{line}"
            );
            let span: Value = serde_json::from_str(&line).unwrap();
            assert!(span.get("refused").is_none(), "{span}");
            self.spans.push(span);
        }
    }

    /// The spans of a trace by a name.
    fn of<'a>(&'a self, trace: &'a Value, name: &'a str) -> impl Iterator<Item = &'a Value> {
        let spans = self.spans.iter();
        spans.filter(move |span| span["trace"] == *trace && span["name"] == name)
    }

    #[track_caller]
    fn one<'a>(&'a self, trace: &'a Value, name: &'a str) -> &'a Value {
        let found: Vec<_> = self.of(trace, name).collect();
        assert_eq!(found.len(), 1, "{name}: {:#?}", self.spans);
        found[0]
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

fn has(spans: &[Value], trace: &Value, names: &[&str]) -> bool {
    let is_there = |name: &&str| {
        let mut spans = spans.iter();
        spans.any(|span| span["trace"] == *trace && span["name"] == **name)
    };
    names.iter().all(is_there)
}

#[test]
fn a_collector_is_told_of_a_submission_up_to_its_delivery() {
    if !peers::are_prepared() {
        return;
    }
    let mut collector = Collector::start();
    let mut receiver = peers::python("webhooks/receiver.py")
        .arg("whsec_b2xkLW9sZC1vbGQtb2xkLW9sZC1vbGQtb2xkLW9sZC0=")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(receiver.stdout.take().unwrap()).lines();
    let hook = told.next().unwrap().unwrap();
    let project = Project::new();
    let customs = Running::start(
        &project,
        "sim tulli --pki pki --listen 127.0.0.1:0 --until-stdin-closes",
    );
    let made = project.silta("token new --id erp --may submit,read --json");
    let made: Value = serde_json::from_str(&made.succeeds().out).unwrap();
    let (token, table) = (
        made["token"].as_str().unwrap(),
        made["table"].as_str().unwrap(),
    );
    project.write("token", token);
    project.write(
        "hook.secret",
        "whsec_b2xkLW9sZC1vbGQtb2xkLW9sZC1vbGQtb2xkLW9sZC0=",
    );
    let text = project.text("silta.toml");
    let text = text.replace("https://localhost:8443/dme", &customs.first);
    let collector_url = &collector.url;
    project.write(
        "silta.toml",
        format!(
            "{text}\n[sending]\nlook-milliseconds = 100\n\n[telemetry]\notlp = \"{collector_url}\"\n\n[webhooks.erp]\nurl = \"{hook}\"\nsecrets = [\"hook.secret\"]\n\n[platform]\naddress = \"127.0.0.1:0\"\n\n{table}"
        ),
    );
    let check = project.silta("check --config silta.toml");
    assert!(check.succeeds().out.contains("are told to a collector"));
    let gateway = Running::start(&project, "serve --config silta.toml");
    let first: Value = serde_json::from_str(&gateway.first).unwrap();
    let url = format!("http://{}", first["platform"].as_str().unwrap());

    // The platform's own trace: what is done for it are steps of that.
    let response = Agent::new_with_defaults()
        .post(format!(
            "{url}/v1/agencies/tulli/operations/check-connectivity"
        ))
        .header("Authorization", format!("Bearer {token}"))
        .header("traceparent", format!("00-{TRACE}-{PARENT}-01"))
        .header("Content-Type", "application/json")
        .send(r#"{"parameters": {}}"#)
        .unwrap();
    assert_eq!(response.status(), 202);
    let trace = json!(TRACE);
    let names = ["submit", "run", "build", "send", "parse", "commit"];
    collector.until("the platform's trace", |it| has(it, &trace, &names));
    let (submit, run) = (
        collector.one(&trace, "submit"),
        collector.one(&trace, "run"),
    );
    assert_eq!(
        (&submit["parent"], &submit["kind"]),
        (&json!(PARENT), &json!(2))
    );
    assert_eq!(run["parent"], PARENT);
    let attributes = json!({
        "silta.agency": "tulli",
        "silta.operation": "check-connectivity",
        "silta.operation.id": submit["attributes"]["silta.operation.id"],
        "silta.attempts": 1,
        "silta.kind": "submitted",
        "silta.outcome": "done",
    });
    assert_eq!(run["attributes"], attributes);
    for (name, kind) in [("build", 1), ("send", 3), ("parse", 1), ("commit", 1)] {
        let step = collector.one(&trace, name);
        assert_eq!(
            (&step["parent"], &step["kind"]),
            (&run["id"], &json!(kind)),
            "{step}"
        );
        assert_eq!(
            (&step["service"], &step["failed"]),
            (&json!("silta"), &json!(false))
        );
    }

    // A trace that begins here, up to the receiver.
    project.set_parameter("reference", "TRACED-1");
    let declaration = project.text("examples/declaration.xml");
    project.write(
        "examples/declaration.xml",
        format!("{declaration}<!-- {PERSONAL_CODE} -->"),
    );
    let submit = format!(
        "submit tulli upload --params examples/upload.json --payload examples/declaration.xml --conversation {PERSONAL_CODE} --url {url} --token-file token"
    );
    project.silta(&submit).succeeds();
    let is_upload = |span: &&Value| {
        span["name"] == "submit" && span["attributes"]["silta.operation"] == "upload"
    };
    collector.until("the upload", |it| it.iter().any(|span| is_upload(&span)));
    let submit = collector.spans.iter().find(is_upload).unwrap().clone();
    assert_eq!(submit["parent"], "");
    let trace = &submit["trace"];
    collector.until("its delivery", |it| has(it, trace, &["run", "deliver"]));
    for name in ["run", "deliver"] {
        assert_eq!(collector.one(trace, name)["parent"], submit["id"]);
    }
    let deliver = collector.one(trace, "deliver");
    assert_eq!(deliver["attributes"]["http.response.status_code"], 204);
    assert_eq!(deliver["attributes"]["silta.webhook"], "erp");
    drop(gateway);
    drop(receiver.stdin.take());
    receiver.wait().unwrap();
}
