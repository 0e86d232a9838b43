// SPDX-License-Identifier: Apache-2.0
//! Components that a gateway fetches from a registry.

use std::{
    io::{BufRead, BufReader},
    net::{TcpListener, TcpStream},
    thread,
};

use serde_json::{Value, json};

use super::{deploy, deployer, stands};
use crate::{platform::serving, project::Project, serve::client};

/// The first request, which is kept waiting until the connection is dropped.
fn first_request(listener: &TcpListener) -> (TcpStream, String) {
    let stream = listener.accept().unwrap().0;
    let mut line = String::new();
    BufReader::new(&stream).read_line(&mut line).unwrap();
    (stream, line)
}

#[test]
fn nobody_who_rolls_back_waits_for_a_registry() {
    let registry = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = registry.local_addr().unwrap();
    let project = deployer();
    let table = format!("\n[registries.own]\naddress = \"{address}\"\nseconds = 600\n");
    let text = project.text("rogue.toml");
    project.write("rogue.toml", format!("{text}{table}"));
    let (serving, api) = serving(&project);
    deploy(&project, &api, "rogue-0.2.0.wasm", "").succeeds();
    let at = format!("{address}/rogue@sha256:{}", "0".repeat(64));
    let fetched = || deploy(&project, &api, &at, "--pulled-by-gateway");
    thread::scope(|scope| {
        let waiting = scope.spawn(fetched);
        let (stream, asked) = first_request(&registry);
        assert!(
            asked.starts_with("GET /v2/rogue/manifests/sha256:000"),
            "{asked}"
        );
        let another = fetched().error();
        assert_eq!(another["code"], "deployment.under-way");
        let another = another["message"].as_str().unwrap();
        assert!(another.contains("are fetched"), "{another}");
        // Neither a rollback nor a component that is here.
        let back = project.silta(&format!(
            "component rollback --agency rogue --yes --json {api}"
        ));
        assert_eq!(back.succeeds().json()["generation"], 1);
        deploy(&project, &api, "rogue-0.3.0.wasm", "").succeeds();
        drop(stream);
        let waited = waiting.join().unwrap().error();
        let code = waited["code"].as_str().unwrap();
        assert!(code.starts_with("registry."), "{waited}");
    });
    assert_eq!(stands(&project, &api)["version"], "0.3.0");
    let last = &generations(&project, &api)[0];
    assert_eq!(
        (&last["outcome"], &last["rejection"]["reference"]),
        (&"rejected".into(), &at.into())
    );
    drop(serving);
}

fn generations(project: &Project, api: &str) -> Vec<Value> {
    let told = project.silta(&format!("component history --agency rogue --json {api}"));
    let told = told.succeeds().json();
    told["generations"].as_array().unwrap().clone()
}

#[test]
fn what_could_not_be_fetched_is_in_the_history_with_its_reference_once() {
    let project = deployer();
    let (serving, api) = serving(&project);
    let at = format!("127.0.0.1:1/rogue@sha256:{}", "0".repeat(64));
    let order = || deploy(&project, &api, &at, "--pulled-by-gateway --why newer");
    assert_eq!(order().error()["code"], "registry.not-allowed");
    assert_eq!(order().error()["code"], "registry.not-allowed");
    let all = generations(&project, &api);
    assert_eq!(all.len(), 2, "{all:?}");
    let refused = &all[0];
    assert_eq!(refused["outcome"], "rejected");
    assert_eq!(
        (&refused["by"], &refused["why"]),
        (&"token erp".into(), &"newer".into())
    );
    assert_eq!(
        (&refused["component"], &refused["bytes"]),
        (&"".into(), &0.into())
    );
    let rejection = &refused["rejection"];
    assert_eq!(rejection["step"], "fetched");
    assert_eq!(rejection["code"], "registry.not-allowed");
    assert_eq!(rejection["reference"], at);
    let reason = rejection["reason"].as_str().unwrap();
    assert!(reason.contains("[registries.NAME]"), "{reason}");
    let table = project.silta(&format!("component history --agency rogue {api}"));
    // A cell has several lines.
    let table = &table.succeeds().out;
    for part in ["fetched from 127.0.0.1", "[registry.not-allowed]"] {
        assert!(table.contains(part), "{part}: {table}");
    }
    // A component that is here goes on after it.
    deploy(&project, &api, "rogue-0.2.0.wasm", "").succeeds();
    assert_eq!(stands(&project, &api)["generation"], 3);
    // What is no reference may hold anything, and is not kept.
    let order = json!({"components": {"rogue": {"reference": "user:hush@127.0.0.1/rogue"}}});
    let url = api.split_whitespace().nth(1).unwrap();
    let sent = client(&project, "intermediary")
        .post(format!("{url}/v1/deployments"))
        .header(
            "Authorization",
            format!("Bearer {}", project.text("token").trim()),
        )
        .header("Content-Type", "application/json")
        .send(order.to_string());
    assert_eq!(sent.unwrap().status(), 422);
    let last = &generations(&project, &api)[0];
    assert_eq!(last["rejection"]["code"], "registry.reference");
    assert_eq!(last["component"], "");
    assert!(!last.to_string().contains("hush"), "{last}");
    drop(serving);
}
