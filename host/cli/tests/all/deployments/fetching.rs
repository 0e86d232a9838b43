// SPDX-License-Identifier: Apache-2.0
//! Components that a gateway fetches from a registry.

use std::{
    io::{BufRead, BufReader},
    net::{TcpListener, TcpStream},
    thread,
};

use super::{deploy, deployer, stands};
use crate::platform::serving;

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
    drop(serving);
}
