// SPDX-License-Identifier: Apache-2.0
//! `silta sim suomifi-rest`.

use serde_json::{Value, json};
use ureq::Agent;

use super::{Simulator, agent};
use crate::project::{Project, Refusal};

const PASSWORD: &str = "Example-password-of-the-simulator-1";

/// A simulator with a client of it.
struct Suomifi<'a> {
    simulator: Simulator<'a>,
    agent: Agent,
    token: String,
}

impl<'a> Suomifi<'a> {
    /// With lines of JSON, of which the first is the token's.
    fn start(project: &'a Project, arguments: &str) -> Self {
        let arguments = format!("--json {arguments}");
        let simulator = Simulator::start_agency(project, "suomifi-rest", &arguments);
        Self {
            simulator,
            agent: agent(project, "pki/suomifi-ca.pem"),
            token: String::new(),
        }
    }

    fn log_in(&mut self, user: &str, password: &str) -> u16 {
        let body = json!({"username": user, "password": password});
        let (status, answer) = self.post("/v1/token", &body);
        self.token = answer["access_token"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        status
    }

    fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let url = format!("{}{path}", self.simulator.url);
        let request = self
            .agent
            .post(url)
            .header("Content-Type", "application/json");
        let answer = request.header("Authorization", format!("Bearer {}", self.token));
        let mut answer = answer.send(body.to_string()).unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        (
            answer.status().as_u16(),
            serde_json::from_str(&text).unwrap(),
        )
    }

    fn get(&self, path: &str) -> (u16, String) {
        let url = format!("{}{path}", self.simulator.url);
        let request = self.agent.get(url);
        let answer = request.header("Authorization", format!("Bearer {}", self.token));
        let mut answer = answer.call().unwrap();
        (
            answer.status().as_u16(),
            answer.body_mut().read_to_string().unwrap(),
        )
    }

    fn events(&self) -> Vec<Value> {
        let (status, text) = self.get("/v2/events");
        assert_eq!(status, 200, "{text}");
        let mut page: Value = serde_json::from_str(&text).unwrap();
        page["events"].as_array_mut().unwrap().drain(..).collect()
    }

    fn ends(mut self, lines: usize) {
        for _ in 0..lines {
            self.simulator.line();
        }
        self.simulator.ends();
    }
}

fn message(external_id: &str, recipient: &str) -> Value {
    json!({
        "externalId": external_id,
        "recipient": {"id": recipient},
        "sender": {"serviceId": "svc-1"},
        "electronic": {
            "title": "Päätös",
            "body": "Hakemuksenne on käsitelty.",
            "bodyFormat": "Text",
            "messageServiceType": "Verifiable",
            "replyAllowedBy": "Anyone",
            "attachments": [],
            "notifications": {
                "senderDetailsInNotifications": "None",
                "unreadMessageNotification": {"reminder": "No reminders"},
            },
        },
    })
}

const SEND: &str = "/v2/messages/electronic";

#[test]
fn a_message_is_sent_read_and_replied_to() {
    let project = Project::new();
    let reply = json!({
        "serviceId": "svc-1",
        "sender": {"id": "010190-900P", "name": "Åke Exempel"},
        "onBehalf": {"id": "010190-901R", "name": "Aino Esimerkki"},
        "title": "Fråga", "body": "Varför?", "replyTo": "a-1",
        "attachments": [{"file": "Bilaga.txt", "mediaType": "text/plain"}],
    });
    project.write("citizens/reply.json", reply.to_string());
    project.write("citizens/Bilaga.txt", "åäö");
    let mut suomifi = Suomifi::start(
        &project,
        "--deposit citizens/reply.json --first-message-id 9007199254740993",
    );
    assert_eq!(suomifi.log_in("silta", PASSWORD), 200);
    let (status, answer) = suomifi.post(SEND, &message("a-1", "010190-900P"));
    assert_eq!(
        (status, &answer["messageId"]),
        (200, &json!(9_007_199_254_740_993_i64))
    );
    let types: Vec<Value> = suomifi
        .events()
        .iter()
        .map(|event| event["type"].clone())
        .collect();
    let expected = [
        "Electronic message created",
        "Electronic message read",
        "Receipt confirmed",
        "Electronic message from end user",
    ];
    assert_eq!(types, expected);
    let (_, read) = suomifi.get("/v2/messages/9007199254740994");
    let read: Value = serde_json::from_str(&read).unwrap();
    assert_eq!(read["sender"]["mailboxOwner"]["name"], "Åke Exempel");
    assert_eq!(read["electronic"]["thread"]["threadExternalId"], "a-1");
    let attachment = &read["electronic"]["attachments"][0];
    assert_eq!(
        (&attachment["filename"], &attachment["mediaType"]),
        (&json!("Bilaga.txt"), &json!("text/plain"))
    );
    let id = attachment["attachmentId"].as_str().unwrap();
    assert_eq!(
        suomifi.get(&format!("/v1/attachments/{id}")),
        (200, "åäö".to_owned())
    );

    let lines: Vec<String> = (0..5).map(|_| suomifi.simulator.line()).collect();
    for secret in [PASSWORD, &suomifi.token, "010190", "Åke", "Fråga", "Päätös"] {
        assert!(lines.iter().all(|line| !line.contains(secret)), "{lines:?}");
    }
    let sent: Value = serde_json::from_str(&lines[1]).unwrap();
    assert_eq!(sent["operation"], "POST /v2/messages/electronic");
    assert_eq!(
        (&sent["verdict"], &sent["code"]),
        (&json!("accepted"), &json!("200"))
    );
    assert_eq!(sent["messageId"], 9_007_199_254_740_993_i64);
    assert!(
        sent["checks"]
            .as_array()
            .unwrap()
            .contains(&json!("new-external-id"))
    );
    assert!(sent["traceId"].is_string());
    let page: Value = serde_json::from_str(&lines[2]).unwrap();
    assert_eq!(
        (&page["listed"], &page["misbehaviour"]),
        (&json!(4), &Value::Null)
    );
    suomifi.ends(0);
}

#[test]
fn user_password_and_mailboxes_come_from_files() {
    let project = Project::new();
    project.write("password", "\u{feff}Salasana-jossa-on-32-merkkia-ja-1\n");
    project.write(
        "mailboxes",
        "010190-900P not-in-use\n\n010190-901R\tdeleted\n010190-902S active\n",
    );
    let mut suomifi = Suomifi::start(
        &project,
        "--user system-1 --password-file password --mailboxes mailboxes --other-mailboxes not-in-use --inactive-service svc-2",
    );
    assert_eq!(suomifi.log_in("silta", PASSWORD), 400);
    assert_eq!(
        suomifi.log_in("system-1", "Salasana-jossa-on-32-merkkia-ja-1"),
        200
    );
    for (recipient, status) in [
        ("010190-900P", 400),
        ("010190-901R", 400),
        ("010190-902S", 200),
        ("010190-903T", 400),
    ] {
        let (own, answer) = suomifi.post(SEND, &message(recipient, recipient));
        assert_eq!(own, status, "{answer}");
    }
    let mut message = message("a-1", "010190-902S");
    message["sender"]["serviceId"] = "svc-2".into();
    let (_, answer) = suomifi.post(SEND, &message);
    assert_eq!(
        answer["validationErrors"][0]["errorCode"],
        "SERVICE_NOT_ACTIVE"
    );
    suomifi.ends(7);
}

#[test]
fn events_come_when_it_was_said() {
    let project = Project::new();
    for (arguments, number) in [
        ("--created-after 600", 0),
        ("--read-after never --confirmed-after 600", 1),
        ("--read-after 600", 2),
        ("--page-size 2", 2),
        ("", 3),
    ] {
        let mut suomifi = Suomifi::start(&project, arguments);
        suomifi.log_in("silta", PASSWORD);
        suomifi.post(SEND, &message("a-1", "010190-900P"));
        assert_eq!(suomifi.events().len(), number, "{arguments}");
        suomifi.ends(3);
    }
}

#[test]
fn misbehaviour_comes_once_each_or_always() {
    let project = Project::new();
    let mut suomifi = Suomifi::start(
        &project,
        "--misbehave bad-gateway-kept --misbehave token-expired",
    );
    suomifi.log_in("silta", PASSWORD);
    suomifi.simulator.line();
    let message = message("a-1", "010190-900P");
    let statuses = [(); 3].map(|()| {
        let (status, _) = suomifi.post(SEND, &message);
        let line = suomifi.simulator.json();
        (
            status,
            line["verdict"].as_str().unwrap().to_owned(),
            line["misbehaviour"].clone(),
        )
    });
    // The token call took the first one: nothing was kept by it.
    assert_eq!(
        statuses[0],
        (401, "unjudged".to_owned(), json!("token-expired"))
    );
    suomifi.ends(0);
    let mut suomifi = Suomifi::start(&project, "--misbehave conflict-without-id --always");
    suomifi.log_in("silta", PASSWORD);
    for verdict in ["accepted", "duplicate"] {
        let (status, answer) = suomifi.post(SEND, &message);
        assert_eq!((status, answer.get("messageId")), (409, None));
        if verdict == "accepted" {
            suomifi.simulator.line();
        }
        assert_eq!(suomifi.simulator.json()["verdict"], verdict);
    }
    suomifi.ends(0);
}

#[test]
fn only_addresses_on_the_list_are_served() {
    let project = Project::new();
    let mut suomifi = Suomifi::start(&project, "--allow 192.0.2.7");
    assert_eq!(suomifi.log_in("silta", PASSWORD), 403);
    suomifi.ends(1);
    let mut suomifi = Suomifi::start(
        &project,
        "--allow 192.0.2.7 --allow 127.0.0.1 --visibility required --token-lifetime 90 --clock-ahead 86400",
    );
    let body = json!({"username": "silta", "password": PASSWORD});
    let (_, answer) = suomifi.post("/v1/token", &body);
    assert_eq!(answer["expires_in"], 90);
    assert_eq!(suomifi.log_in("silta", PASSWORD), 200);
    let (status, answer) = suomifi.post(SEND, &message("a-1", "010190-900P"));
    assert_eq!(status, 400);
    assert!(
        answer["validationErrors"][0]["error"]
            .as_str()
            .unwrap()
            .contains("visibility")
    );
    suomifi.ends(3);
}

#[test]
fn what_cannot_work_is_said_before_anything_is_started() {
    let project = Project::new();
    project.write("empty", "\n");
    project.write("mailboxes", "010190-900P active\n010190-901R gone\n");
    project.write("message.json", "{\"title\": \"Fråga\",\n\"text\": 1}");
    let start = "sim suomifi-rest --pki pki --listen 127.0.0.1:0 --until-stdin-closes";
    #[rustfmt::skip]
    let rows = [
        (2, "command-line", "", "no misbehaviour of that name", "--misbehave nothing"),
        (2, "command-line", "", "validation takes CODE", "--misbehave validation=X"),
        (2, "command-line", "", "--misbehave", "--always"),
        (2, "command-line", "", "active, not-in-use or deleted", "--other-mailboxes gone"),
        (2, "command-line", "", "never", "--read-after soon"),
        (2, "command-line", "", "--page-size", "--page-size 1001"),
        (2, "command-line", "", "--allow", "--allow localhost"),
        (4, "sim.password", "empty", "is empty", "--password-file empty"),
        (8, "file.unreadable", "--password-file", "cannot be read", "--password-file missing"),
        (4, "sim.mailboxes", "mailboxes", "mailboxes:2: is not a recipient", "--mailboxes mailboxes"),
        (4, "sim.deposit", "message.json", "message.json:2:", "--deposit message.json"),
        (8, "file.unreadable", "missing", "missing", "--deposit missing"),
    ];
    for (exit, code, path, says, arguments) in rows {
        let refusal = Refusal {
            exit,
            code,
            path,
            says: &[says],
        };
        project.refuses(&format!("{start} {arguments}"), &refusal);
    }
    let run = project.silta(&format!("{start} --mailboxes mailboxes"));
    assert!(!run.err.contains("010190"), "{}", run.err);
    let run = project.silta(&format!("{start} --deposit message.json"));
    assert!(!run.err.contains("Fråga"), "{}", run.err);
}

#[test]
fn files_that_do_not_fit_are_named() {
    for (file, content, named) in [
        ("suomifi.pem", None, "suomifi.pem"),
        ("suomifi.key.pem", None, "suomifi.key.pem"),
        ("suomifi.key.pem", Some("builder.key.pem"), "suomifi.pem"),
    ] {
        let project = Project::new();
        let text = content.map_or_else(String::new, |from| project.text(&format!("pki/{from}")));
        project.write(format!("pki/{file}"), text);
        project.refuses(
            "sim suomifi-rest --pki pki --listen 127.0.0.1:0",
            &Refusal {
                exit: 4,
                code: "sim.certificates",
                path: &format!("pki/{named}"),
                says: &["silta init"],
            },
        );
    }
}

#[test]
fn help_lists_what_can_go_wrong() {
    let project = Project::new();
    let help = project
        .silta("sim suomifi-rest --help")
        .succeeds()
        .out
        .clone();
    for name in [
        "validation=CODE",
        "too-many-requests=SECONDS",
        "id-beyond-53-bits",
    ] {
        assert!(help.contains(name), "{name}");
    }
    assert!(help.contains(PASSWORD));
}
