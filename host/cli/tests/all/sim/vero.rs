// SPDX-License-Identifier: Apache-2.0
//! `silta sim vero`.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        mpsc::{Receiver as Inbox, channel},
    },
    thread,
    time::Duration,
};

use rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
};
use serde_json::Value;

use super::{Simulator, agent};
use crate::project::{Project, Refusal};

const SECRET: &str = "c2lsdGEgc2lsdGEgc2lsdGEgc2lsdGEgc2lsdGE=";

/// A receiver under the gateway's certificate that accepts certificates of `vero-ca`, answers 401 without the secret,
/// and otherwise 200.
struct Receiver {
    port: u16,
    requests: Inbox<String>,
}

impl Receiver {
    fn start(project: &Project) -> Self {
        let config = config(project);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, requests) = channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let connection = ServerConnection::new(config.clone()).unwrap();
                let mut stream = StreamOwned::new(connection, stream.unwrap());
                // A caller that is rejected has no request.
                if let Some(request) = answer(&mut stream) {
                    sender.send(request).unwrap();
                }
            }
        });
        Self { port, requests }
    }

    fn url(&self) -> String {
        format!("https://localhost:{}/vero/Notify/v1", self.port)
    }

    fn request(&self) -> String {
        self.requests.recv_timeout(Duration::from_secs(60)).unwrap()
    }

    fn is_left_alone(&self) -> bool {
        self.requests.try_recv().is_err()
    }
}

/// All bodies here are short and end with the object, or are none.
fn answer(stream: &mut StreamOwned<ServerConnection, TcpStream>) -> Option<String> {
    let mut request = String::new();
    let mut buffer = [0; 4096];
    while !request.ends_with('}') {
        let read = stream.read(&mut buffer).ok().filter(|read| *read > 0)?;
        request += std::str::from_utf8(&buffer[..read]).unwrap();
    }
    let secret = format!("vero-callback-secret: {SECRET}\r\n");
    let status = match request.contains(&secret) {
        true => "200 OK",
        false => "401 Unauthorized",
    };
    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(answer.as_bytes()).unwrap();
    stream.conn.send_close_notify();
    let _ = stream.flush();
    Some(request)
}

fn config(project: &Project) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let certificate = |name: &str| CertificateDer::from_pem_slice(&project.read(name)).unwrap();
    let mut callers = RootCertStore::empty();
    callers.add(certificate("pki/vero-ca.pem")).unwrap();
    let verifier =
        WebPkiClientVerifier::builder_with_provider(callers.into(), provider.clone()).build();
    let key = PrivateKeyDer::from_pem_slice(&project.read("pki/gateway.key.pem")).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier.unwrap())
        .with_single_cert(vec![certificate("pki/gateway.pem")], key);
    Arc::new(config.unwrap())
}

pub(super) const START: &str =
    "sim vero --pki pki --listen 127.0.0.1:0 --until-stdin-closes --pause 0";

/// Pushes to the receiver; what is shown after the first line.
fn push(project: &Project, receiver: &Receiver, arguments: &str) -> Vec<String> {
    project.write("secret", format!("{SECRET}\n"));
    let target = format!("--push-to {} --secret-file secret", receiver.url());
    let run = project.silta(&format!("{START} {target} {arguments}"));
    let lines = run.succeeds().out.lines().map(str::to_owned);
    assert!(!run.out.contains(SECRET), "{}", run.out);
    lines.skip(1).collect()
}

#[test]
fn pushes_are_made_and_shown() {
    let project = Project::new();
    let receiver = Receiver::start(&project);
    let lines = push(
        &project,
        &receiver,
        "--push 2 --interval 0 --json --environment FIP",
    );
    let lines: Vec<Value> = lines
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3);
    for (line, key) in lines.iter().zip(0..) {
        assert_eq!(line["operation"], "Notify");
        assert_eq!(
            (&line["verdict"], &line["code"]),
            (&"answered".into(), &"200".into())
        );
        assert_eq!(
            (&line["httpStatus"], &line["empty"]),
            (&200.into(), &true.into())
        );
        assert_eq!((&line["key"], &line["attempt"]), (&key.into(), &1.into()));
        assert_eq!(
            (&line["misbehaviour"], &line["reason"]),
            (&Value::Null, &Value::Null)
        );
    }
    assert_eq!(lines[0]["type"], "HEALTHCHECK");
    assert_ne!(lines[1]["type"], "HEALTHCHECK");
    for kind in ["HEALTHCHECK", "SIMULATED", "SIMULATED"] {
        let request = receiver.request();
        assert!(
            request.starts_with("POST /vero/Notify/v1 HTTP/1.1\r\n"),
            "{request}"
        );
        assert!(request.contains(kind), "{request}");
        assert!(request.contains("\"Environment\":\"FIP\""), "{request}");
    }
    assert!(receiver.is_left_alone());
}

#[test]
fn each_misbehaviour_has_a_notification_of_its_own() {
    let project = Project::new();
    let receiver = Receiver::start(&project);
    let arguments = "--interval 0 --misbehave wrong-secret --misbehave expired-certificate --misbehave wrong-ca --misbehave duplicate";
    let lines = push(&project, &receiver, arguments);
    assert_eq!(lines.len(), 1 + 3 + 3 + 3 + 2, "{lines:?}");
    let expected = [
        (0..1, "answered", "200", ""),
        (1..4, "failed", "401", "[wrong-secret]"),
        (4..7, "failed", "–", "[expired-certificate]"),
        (7..10, "failed", "–", "[wrong-ca]"),
        (10..12, "answered", "200", "[duplicate]"),
    ];
    for (range, verdict, code, misbehaviour) in expected {
        for line in &lines[range] {
            let words: Vec<_> = line.split_whitespace().collect();
            assert_eq!(words[1..4], ["Notify", verdict, code], "{line}");
            assert!(line.contains(misbehaviour), "{line}");
        }
    }
    // Who is not vouched for does not get through.
    for _ in 0..6 {
        receiver.request();
    }
    assert!(receiver.is_left_alone());
}

#[test]
fn a_customer_registers_and_is_listed() {
    let project = Project::new();
    let receiver = Receiver::start(&project);
    let mut vero = Simulator::start_agency(&project, "vero", "--json");
    let agent = agent(&project, "pki/vero-ca.pem");
    let registration = serde_json::json!({
        "callbackURL": receiver.url(), "callbackSecret": SECRET,
    });
    let mut answer = agent
        .post(format!("{}/RegisterPush", vero.url))
        .header("Content-Type", "application/json")
        .send(registration.to_string())
        .unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert_eq!(answer.body_mut().read_to_string().unwrap(), "");
    assert!(receiver.request().contains("HEALTHCHECK"));
    let mut listed = agent
        .get(format!("{}/ListSubscriptions", vero.url))
        .call()
        .unwrap();
    let listed = listed.body_mut().read_to_string().unwrap();
    assert!(listed.contains("\"active\""), "{listed}");

    let mut lines = [vero.json(), vero.json(), vero.json()];
    lines.sort_by_key(|line| line["operation"].to_string());
    let operations = lines
        .each_ref()
        .map(|line| line["operation"].as_str().unwrap());
    assert_eq!(operations, ["ListSubscriptions", "Notify", "RegisterPush"]);
    assert_eq!(
        (&lines[0]["listed"], &lines[0]["httpStatus"]),
        (&1.into(), &200.into())
    );
    assert_eq!(lines[1]["verdict"], "answered");
    assert_eq!(lines[2]["verdict"], "accepted");
    vero.ends();
}

#[test]
fn what_cannot_work_is_said_before_anything_is_started() {
    let project = Project::new();
    project.write("secret", SECRET);
    project.write("short", "c2lsdGE=");
    let url = "--push-to https://localhost/Notify/v1";
    #[rustfmt::skip]
    let rows = [
        (2, "command-line", "", "--secret-file", url.to_owned()),
        (2, "command-line", "", "--push-to", "--secret-file secret".to_owned()),
        (2, "command-line", "", "--push-to", "--push 3".to_owned()),
        (2, "command-line", "", "--push-to", "--misbehave get".to_owned()),
        (2, "command-line", "", "FIS (test) and FIP", "--environment TEST".to_owned()),
        (2, "command-line", "", "no misbehaviour of that name", format!("{url} --secret-file secret --misbehave nothing")),
        (2, "command-line", "", "https URL", "--push-to http://localhost/ --secret-file secret".to_owned()),
        (4, "sim.secret", "short", "at least 32 characters", format!("{url} --secret-file short")),
        (8, "file.unreadable", "--secret-file", "--secret-file: cannot be read", format!("{url} --secret-file missing")),
    ];
    for (exit, code, path, says, arguments) in rows {
        let refusal = Refusal {
            exit,
            code,
            path,
            says: &[says],
        };
        project.refuses(&format!("{START} {arguments}"), &refusal);
    }
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let refusal = Refusal {
        exit: 4,
        code: "sim.not-listening",
        path: "--listen",
        says: &["name another address"],
    };
    let address = taken.local_addr().unwrap();
    project.refuses(&format!("sim vero --pki pki --listen {address}"), &refusal);
}
