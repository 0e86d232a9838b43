// SPDX-License-Identifier: Apache-2.0
//! `silta sim`, run as an integrator runs it; here `silta sim tulli`.

mod package;
mod suomifi;
mod suomifi_mail;
mod suomifi_rest;
mod vero;

use std::{
    io::{BufRead, BufReader, Lines},
    net::TcpListener,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Arc,
};

use serde_json::Value;
use ureq::{
    Agent,
    tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig, TlsProvider},
};

use crate::{
    identities::{Authority, COMPANY},
    project::{Project, Refusal},
};

/// A simulator that shows its lines as JSON and ends with its input.
struct Simulator<'a> {
    project: &'a Project,
    child: Child,
    input: Option<ChildStdin>,
    output: Lines<BufReader<ChildStdout>>,
    url: String,
}

impl<'a> Simulator<'a> {
    fn start(project: &'a Project, arguments: &str) -> Self {
        Self::start_agency(project, "tulli", arguments)
    }

    fn start_agency(project: &'a Project, agency: &str, arguments: &str) -> Self {
        let fixed = "--pki pki --listen 127.0.0.1:0 --until-stdin-closes";
        let mut child = Command::new(env!("CARGO_BIN_EXE_silta"))
            .args(["sim", agency])
            .args(fixed.split_whitespace())
            .args(arguments.split_whitespace())
            .current_dir(project.path(""))
            .env_remove("SILTA_LOG")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = output.next().unwrap().unwrap();
        let url = match serde_json::from_str::<Value>(&first) {
            Ok(json) => json["url"].as_str().unwrap().to_owned(),
            Err(_) => first,
        };
        Self {
            project,
            input: child.stdin.take(),
            child,
            output,
            url,
        }
    }

    /// Posts a message; status and body of the answer.
    fn post(&self, body: &[u8]) -> Result<(u16, String), ureq::Error> {
        let mut response = agent(self.project, "pki/ca.pem")
            .post(&self.url)
            .header("Content-Type", "text/xml; charset=utf-8")
            .header("SOAPAction", "\"\"")
            .send(body)?;
        let body = response.body_mut().read_to_string()?;
        Ok((response.status().as_u16(), body))
    }

    fn line(&mut self) -> String {
        self.output.next().unwrap().unwrap()
    }

    fn json(&mut self) -> Value {
        serde_json::from_str(&self.line()).unwrap()
    }

    /// Closes the input; nothing more may be said, and all has to have gone well.
    fn ends(self) {
        self.ends_with(0);
    }

    /// The same with another exit code.
    fn ends_with(mut self, code: i32) {
        drop(self.input.take());
        let rest: Vec<String> = self.output.by_ref().map(Result::unwrap).collect();
        assert!(rest.is_empty(), "{rest:?}");
        let output = self.child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code));
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    }
}

/// The company's client, for a server of that authority.
fn agent(project: &Project, authority: &str) -> Agent {
    let anchors = Certificate::from_pem(&project.read(authority)).unwrap();
    let certificate = Certificate::from_pem(&project.read("pki/intermediary.pem")).unwrap();
    let key = PrivateKey::from_pem(&project.read("pki/intermediary.key.pem")).unwrap();
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .root_certs(RootCerts::from([anchors]))
        .client_cert(Some(ClientCert::new_with_certs(&[certificate], key)))
        .build();
    Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .build()
        .into()
}

/// A request of this operation with a right header.
fn request(operation: &str, content: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>\
         <{operation} xmlns=\"http://tulli.fi/schema/corporateservice/v1\"><RequestHeader>\
         <IntermediaryBusinessId>{COMPANY}</IntermediaryBusinessId><Timestamp>2026-01-31T12:00:00Z</Timestamp>\
         </RequestHeader>{content}</{operation}></s:Body></s:Envelope>"
    )
}

fn echo() -> Vec<u8> {
    request("CheckConnectivityRequest", "<EchoContent>x</EchoContent>").into_bytes()
}

fn list() -> Vec<u8> {
    let now = jiff::Timestamp::now();
    let start = now - jiff::SignedDuration::from_hours(1);
    let criteria = format!(
        "<DownloadMessageListFilteringCriteria><StartTimestamp>{start}</StartTimestamp>\
         <EndTimestamp>{now}</EndTimestamp></DownloadMessageListFilteringCriteria>"
    );
    request("DownloadListRequest", &criteria).into_bytes()
}

/// The texts of all elements of this name.
fn texts(document: &str, name: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(document).unwrap();
    document
        .descendants()
        .filter(|node| node.tag_name().name() == name)
        .map(|node| node.text().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn an_upload_is_answered_replied_to_and_told_of() {
    let project = Project::new();
    let body = project.build();
    let mut customs = Simulator::start(&project, "--json");
    let (status, answer) = customs.post(&body).unwrap();
    assert_eq!(
        (status, texts(&answer, "ResponseCode")),
        (200, vec!["000".to_owned()])
    );
    let line = customs.json();
    assert_eq!(line["operation"], "UploadRequest");
    assert_eq!(line["verdict"], "accepted");
    assert_eq!(line["code"], "000");
    assert_eq!(line["reason"], Value::Null);
    assert_eq!(line["httpStatus"], 200);
    assert_eq!(line["misbehaviour"], Value::Null);
    assert_eq!(line["reference"], texts(&answer, "Reference")[0]);
    let time: jiff::Timestamp = line["time"].as_str().unwrap().parse().unwrap();
    assert!(time.duration_until(jiff::Timestamp::now()).as_secs().abs() < 60);

    let (_, listed) = customs.post(&list()).unwrap();
    assert_eq!(texts(&listed, "Reference"), texts(&answer, "Reference"));
    assert_eq!(customs.json()["listed"], 1);

    let (_, again) = customs.post(&body).unwrap();
    assert_eq!(texts(&again, "ResponseCode"), ["500"]);
    let line = customs.json();
    assert_eq!(
        (&line["verdict"], &line["finding"]),
        (&"refused".into(), &"duplicate".into())
    );
    assert!(line["reason"].as_str().unwrap().contains("reference"));
    customs.ends();
}

#[test]
fn replies_are_signed_with_the_certificate_of_the_folder() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let project = Project::new();
    let body = project.build();
    let mut customs = Simulator::start(&project, "--json");
    customs.post(&body).unwrap();
    let (_, listed) = customs.post(&list()).unwrap();
    let storage_id = &texts(&listed, "MessageStorageId")[0];
    let criteria = format!(
        "<DownloadMessageFilteringCriteria><MessageStorageId>{storage_id}</MessageStorageId></DownloadMessageFilteringCriteria>"
    );
    let (_, answer) = customs
        .post(request("DownloadRequest", &criteria).as_bytes())
        .unwrap();
    let message = &texts(&answer, "ApplicationResponseMessage")[0];
    let document = String::from_utf8(STANDARD.decode(message).unwrap()).unwrap();
    let pem: String = project
        .text("pki/customs-signing.pem")
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    assert_eq!(texts(&document, "X509Certificate"), [pem]);
    // Another reading of the signature than the simulator's own, under the authority of the folder.
    project.write("reply.xml", &document);
    project
        .silta("xml verify reply.xml --anchors pki/ca.pem --json")
        .succeeds();
    for _ in 0..3 {
        customs.line();
    }
    customs.ends();
}

#[test]
fn people_get_one_line_a_request() {
    let project = Project::new();
    let mut customs = Simulator::start(&project, "--misbehave refuse=491");
    assert!(customs.url.starts_with("https://localhost:"));
    customs.post(&echo()).unwrap();
    let line = customs.line();
    for word in ["CheckConnectivityRequest", "unjudged", "491", "[refuse]"] {
        assert!(line.contains(word), "{line}");
    }
    customs.post(b"<x/>").unwrap();
    let line = customs.line();
    for word in ["fault", "999", "element x is not expected here"] {
        assert!(line.contains(word), "{line}");
    }
    customs.ends();
}

#[test]
fn misbehaviour_comes_once_each_or_always() {
    let project = Project::new();
    let mut customs =
        Simulator::start(&project, "--json --misbehave empty --misbehave bad-gateway");
    let answers: Vec<_> = (0..3).map(|_| customs.post(&echo()).unwrap()).collect();
    assert_eq!(answers[0], (200, String::new()));
    assert_eq!(answers[1].0, 502);
    assert_eq!(texts(&answers[2].1, "EchoContent"), ["x"]);
    let shown: Vec<_> = (0..3)
        .map(|_| customs.json()["misbehaviour"].clone())
        .collect();
    assert_eq!(shown, ["empty".into(), "bad-gateway".into(), Value::Null]);
    customs.ends();

    let mut customs = Simulator::start(&project, "--misbehave fault=999 --always");
    for _ in 0..3 {
        assert_eq!(customs.post(&echo()).unwrap().0, 500);
        customs.line();
    }
    customs.ends();
}

#[test]
fn lists_and_replies_take_the_time_that_was_set() {
    let project = Project::new();
    let body = project.build();
    let mut customs = Simulator::start(&project, "--list-interval 0 --reply-delay 600");
    customs.post(&body).unwrap();
    for _ in 0..2 {
        let (_, listed) = customs.post(&list()).unwrap();
        assert_eq!(texts(&listed, "ResponseCode"), ["000"]);
        assert!(texts(&listed, "MessageInformation").is_empty());
    }
    for _ in 0..3 {
        customs.line();
    }
    customs.ends();

    let mut customs = Simulator::start(&project, "");
    let codes = [(); 2].map(|()| texts(&customs.post(&list()).unwrap().1, "ResponseCode"));
    assert_eq!(codes, [["000"], ["474"]]);
    for _ in 0..2 {
        customs.line();
    }
    customs.ends();
}

#[test]
fn notifications_have_a_line_of_their_own() {
    let project = Project::new();
    let body = project.build();
    // Bound by us, so that nobody else answers; whoever connects is hung up on.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let receiver = std::thread::spawn(move || drop(listener.accept().unwrap()));
    let mut customs = Simulator::start(
        &project,
        &format!("--json --notify https://localhost:{port}/notify"),
    );
    customs.post(&body).unwrap();
    receiver.join().unwrap();
    let lines = [customs.json(), customs.json()];
    let notified = lines
        .iter()
        .find(|line| line["operation"] == "NotifyRequest");
    let notified = notified.unwrap();
    assert_eq!(notified["verdict"], "failed");
    assert!(notified["reason"].as_str().unwrap().contains("TLS"));
    assert!(notified["storageId"].as_str().unwrap().starts_with('{'));
    customs.ends();
}

#[test]
fn what_cannot_work_is_said_before_anything_is_started() {
    let project = Project::new();
    let start = "sim tulli --pki pki --listen 127.0.0.1:0 --until-stdin-closes";
    let refused = |exit, code, path, says: &[&str], command: &str| {
        let refusal = Refusal {
            exit,
            code,
            path,
            says,
        };
        project.refuses(command, &refusal);
    };
    refused(2, "command-line", "", &["--pki"], "sim tulli");
    refused(2, "command-line", "", &["sim"], "sim nobody");
    for (arguments, says) in [
        ("--misbehave nothing", "no misbehaviour of that name"),
        ("--misbehave refuse=x", "refuse takes CODE"),
        ("--misbehave empty=1", "empty takes no argument"),
        ("--always", "--misbehave"),
        ("--list-interval=-1", "--list-interval"),
        ("--reply-delay soon", "seconds"),
        ("--notify http://localhost/", "https URL"),
    ] {
        refused(
            2,
            "command-line",
            "",
            &[says],
            &format!("{start} {arguments}"),
        );
    }
    refused(
        2,
        "command-line",
        "",
        &["--listen"],
        "sim tulli --pki pki --listen nowhere",
    );
    refused(
        8,
        "file.unreadable",
        "missing/ca.pem",
        &["missing/ca.pem: cannot be read"],
        "sim tulli --pki missing",
    );
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    refused(
        4,
        "sim.not-listening",
        "--listen",
        &["name another address"],
        &format!("sim tulli --pki pki --listen {address}"),
    );
}

#[test]
fn a_foreign_client_is_turned_away() {
    let project = Project::new();
    let mut customs = Simulator::start(&project, "");
    let foreign = Authority::foreign().issue(&rcgen::PKCS_ECDSA_P256_SHA256, COMPANY, (2020, 2040));
    let own = (
        project.read("pki/intermediary.pem"),
        project.read("pki/intermediary.key.pem"),
    );
    project.write("pki/intermediary.pem", &foreign.certificate);
    project.write("pki/intermediary.key.pem", &foreign.private_key);
    customs.post(&echo()).unwrap_err();
    let line = customs.line();
    assert!(
        line.contains("no-tls") && line.contains("certificate"),
        "{line}"
    );
    project.write("pki/intermediary.pem", own.0);
    project.write("pki/intermediary.key.pem", own.1);
    assert_eq!(customs.post(&echo()).unwrap().0, 200);
    assert!(customs.line().contains("accepted"));
    customs.ends();
}

#[test]
fn files_that_do_not_fit_are_named() {
    #[rustfmt::skip]
    let rows = [
        ("tulli", "ca.pem", None, "ca.pem"),
        ("tulli", "customs.pem", None, "customs.pem"),
        ("tulli", "customs.key.pem", None, "customs.key.pem"),
        ("tulli", "customs-signing.pem", None, "customs-signing.pem"),
        ("tulli", "customs-signing.key.pem", None, "customs-signing.key.pem"),
        ("tulli", "customs.key.pem", Some("builder.key.pem"), "customs.pem"),
        ("tulli", "customs-signing.key.pem", Some("builder.key.pem"), "customs-signing.pem"),
        ("suomifi-rest", "suomifi.pem", None, "suomifi.pem"),
        ("suomifi-rest", "suomifi.key.pem", None, "suomifi.key.pem"),
        ("suomifi-rest", "suomifi.key.pem", Some("builder.key.pem"), "suomifi.pem"),
        ("vero", "ca.pem", None, "ca.pem"),
        ("vero", "vero.pem", None, "vero.pem"),
        ("vero", "vero.key.pem", None, "vero.key.pem"),
        ("vero", "vero-ca.key.pem", None, "vero-ca.key.pem"),
        ("vero", "vero.key.pem", Some("vero-ca.key.pem"), "vero.pem"),
    ];
    for (agency, file, content, named) in rows {
        let project = Project::new();
        let text = content.map_or_else(String::new, |from| project.text(&format!("pki/{from}")));
        project.write(format!("pki/{file}"), text);
        let start = match agency {
            "vero" => vero::START.to_owned(),
            agency => format!("sim {agency} --pki pki --listen 127.0.0.1:0"),
        };
        let refusal = Refusal {
            exit: 4,
            code: "sim.certificates",
            path: &format!("pki/{named}"),
            says: &["silta init"],
        };
        project.refuses(&start, &refusal);
    }
}

#[test]
fn help_lists_what_can_go_wrong() {
    let project = Project::new();
    #[rustfmt::skip]
    let rows: [(&str, &[&str]); 5] = [
        ("tulli", &["slow=SECONDS", "refuse-kept=CODE", "wrong-server-certificate"]),
        ("vero", &["slow-loris=SECONDS", "huge-body=BYTES", "wrong-ca"]),
        ("suomifi", &["byte-by-byte=SECONDS", "huge-attachment=BYTES", "wrapped-body"]),
        ("suomifi-mail", &["greylist", "lost-reply", "closing=COMMAND", "forged-from"]),
        ("suomifi-rest", &["validation=CODE", "too-many-requests=SECONDS", "id-beyond-53-bits", suomifi_rest::PASSWORD]),
    ];
    for (agency, names) in rows {
        let help = project.silta(&format!("sim {agency} --help"));
        let help = &help.succeeds().out;
        for name in names {
            assert!(help.contains(name), "{agency}: {name}");
        }
    }
}
