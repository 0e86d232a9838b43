// SPDX-License-Identifier: Apache-2.0
//! What the stacks send, before `silta serve` with the component.

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::stacks::{STACKS, World, code, kohteet, messages, states};
use crate::{peers, program::next_entry};

const CONFIGURATION: &str = r#"
[agencies.suomifi-viestit]
component = "suomifi-viestit.wasm"
allow-sha1 = true

[agencies.suomifi-viestit.anchors.suomifi-signers]
pinned = "pki/builder.pem"

[agencies.suomifi-viestit.settings]
authority-ids = ["silta_viranomainen"]
service-ids = ["silta_palvelu"]

[listener]
address = "127.0.0.1:0"
certificates = "pki/gateway.pem"
private-key = "pki/gateway.key.pem"
"#;

/// The program, serving.
struct Serving {
    child: Child,
    out: BufReader<ChildStdout>,
    url: String,
}

impl Serving {
    fn start(world: &World) -> Self {
        let project = &world.project;
        project.write("suomifi-viestit.wasm", artifacts::SUOMIFI_VIESTIT.bytes);
        project.write("suomifi.toml", CONFIGURATION);
        let mut child = Command::new(env!("CARGO_BIN_EXE_silta"))
            .args(["serve", "--config", "suomifi.toml"])
            .current_dir(project.path(""))
            .env_remove("SILTA_LOG")
            .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut serving = Self {
            out: BufReader::new(child.stdout.take().unwrap()),
            child,
            url: String::new(),
        };
        let first = serving.line();
        let address = first["listening"].as_str().unwrap();
        let (_, port) = address.rsplit_once(':').unwrap();
        serving.url = format!("https://localhost:{port}/suomifi-viestit/ViranomaisPaluukanava");
        serving
    }

    /// The next line of standard output.
    #[track_caller]
    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

/// A failing test leaves no program behind.
impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn messages_of_every_stack_are_taken_once_and_answered_twice() {
    if !peers::are_prepared() {
        return;
    }
    let world = World::new();
    let serving = Serving::start(&world);
    let url = serving.url.clone();
    let configuration = world.project.path("suomifi.toml").display().to_string();
    let mut after = 0;
    for (number, stack) in (0..).zip(STACKS) {
        // Messages that have not come before.
        let messages = messages().replace("AT-", &format!("AT-{number}-"));
        let sent: Value = serde_json::from_str(&messages).unwrap();
        let call = || world.call(stack, "VieKohteita", &messages, &url);
        let said = call();
        assert!(world.is_valid(&world.answer()), "{stack}");
        if stack.names_enveloped_transform() {
            // A transform that does nothing here, and that the component does not take.
            assert_eq!(code(&said), 406, "{stack}: {said}");
            assert!(said.to_string().contains("enveloped-signature"), "{said}");
            continue;
        }
        assert_eq!(code(&said), 0, "{stack}: {said}");
        let states = kohteet(&said).iter().map(|kohde| &kohde["KohteenTila"]);
        assert!(states.eq([200, 200]), "{stack}: {said}");

        let line = next_entry(&configuration, &mut after);
        let events = line["events"].as_array().unwrap();
        let sent = sent["Kysely"]["Kohteet"]["Kohde"].as_array().unwrap();
        assert_eq!(events.len(), 2, "{stack}: {line}");
        for (event, message) in events.iter().zip(sent) {
            let data = &event["data"];
            assert_eq!(event["kind"], "citizen-message", "{stack}");
            assert_eq!(
                data["messageId"], message["AsiointitiliTunniste"],
                "{stack}"
            );
            assert_eq!(data["title"], message["Nimeke"], "{stack}");
            assert_eq!(data["body"], message["KuvausTeksti"], "{stack}");
            let owner = message["Asiakas"]["AsiakasTunnus"].as_str().unwrap();
            assert!(data["sender"].to_string().contains(owner), "{stack}");
        }
        let file = &sent[1]["Tiedostot"]["Tiedosto"][0];
        let content = STANDARD.decode(file["TiedostoSisalto"].as_str().unwrap());
        let document = &line["documents"][0];
        assert_eq!(document["name"], file["TiedostoNimi"], "{stack}");
        assert_eq!(document["size"], content.unwrap().len(), "{stack}");

        // Once more, and then something else: no entry between.
        assert_eq!(call()["answer"], said["answer"], "{stack}");
        let report = self::states()
            .replace("AT-", &format!("AT-{number}-"))
            .replace("ASIA-1", &format!("ASIA-{number}"));
        let said = world.call(stack, "VieKohdeTiloja", &report, &url);
        assert_eq!(code(&said), 0, "{stack}: {said}");
        assert!(world.is_valid(&world.answer()), "{stack}");
        let line = next_entry(&configuration, &mut after);
        assert_eq!(line["operation"], "receive-statuses", "{stack}: {line}");
        let event = &line["events"][0];
        assert_eq!(event["kind"], "delivery-status", "{stack}");
        assert_eq!(event["data"]["status"], json!("opened"), "{stack}: {event}");
    }
}
