// SPDX-License-Identifier: Apache-2.0
//! A client of another's making before `silta sim tulli`, through all operations.

use std::process::Command;

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{Timestamp, ToSpan};
use serde_json::Value;

use super::{
    client::{call, declaration},
    stacks::{DECLARANT, Process, Project, Service},
};
use crate::peers;

/// The simulated Customs in a process of its own; the URL is the first thing it prints.
fn start(project: &Project, more: &[&str]) -> (Process, String) {
    let pki = project.path("pki");
    let mut process = Process::start(
        Command::new(env!("CARGO_BIN_EXE_silta"))
            .args(["sim", "tulli", "--pki", &pki, "--until-stdin-closes"])
            .args(["--listen", "127.0.0.1:0", "--list-interval", "0", "--json"])
            .args(more)
            .env_remove("SILTA_LOG"),
    );
    let line = process.line();
    let from = line.find("https://").unwrap();
    let url = line[from..].split(['"', ' ', '\n']).next().unwrap();
    (process, url.to_owned())
}

/// The code of an answer.
#[track_caller]
fn code(said: &Value) -> &str {
    let header = &said["answer"]["ResponseHeader"];
    header["ResponseCode"]
        .as_str()
        .unwrap_or_else(|| panic!("{said:#}"))
}

#[test]
fn a_foreign_client_goes_through_all_operations_of_the_simulator() {
    if !peers::are_prepared() {
        return;
    }
    let project = Project::new();
    let (_process, url) = start(&project, &[]);
    let call = |operation: &str, options: &[String]| call(&project, operation, &url, options);

    let said = call("check-connectivity", &["content=Päivää & <hei>".to_owned()]);
    assert_eq!(
        (code(&said), &said["answer"]["EchoContent"]),
        ("000", &"Päivää & <hei>".into())
    );

    let upload = declaration(&project, "ZEEP-1");
    assert_eq!(code(&call("upload", &upload)), "000");
    assert_eq!(code(&call("upload", &upload)), "500");

    // The end lies a little ahead: the reply may be younger than this second.
    let now = Timestamp::now();
    let [start, end] = [now - 1.hour(), now + 30.seconds()];
    let window = [format!("start={start:.0}"), format!("end={end:.0}")];
    let said = call("download-list", &window);
    assert_eq!(code(&said), "000");
    let listed = &said["answer"]["MessageInformation"];
    let listed = listed.as_array().unwrap_or_else(|| panic!("{said:#}"));
    assert_eq!(listed.len(), 1, "{said:#}");
    assert_eq!(listed[0]["Reference"], "ZEEP-1");
    let id = listed[0]["MessageStorageId"].as_str().unwrap();

    let said = call("download", &[format!("storage-id={id}")]);
    assert_eq!(code(&said), "000");
    let document = &said["applicationResponse"];
    assert_eq!(document["MessageStorageId"], id);
    let blocks = document["ApplicationContent"].as_array().unwrap();
    let formats = blocks.iter().map(|block| &block["ContentFormat"]);
    assert!(
        formats.eq(["application/xml", "application/pdf"]),
        "{document:#}"
    );
    let contents: Vec<Vec<u8>> = blocks
        .iter()
        .map(|block| {
            STANDARD
                .decode(block["Content"]["_value_1"].as_str().unwrap())
                .unwrap()
        })
        .collect();
    assert!(String::from_utf8_lossy(&contents[0]).contains("ZEEP-1"));
    assert!(contents[1].starts_with(b"%PDF-"));
}

#[test]
fn the_simulator_refuses_a_foreign_client_by_codes_and_not_by_faults() {
    if !peers::are_prepared() {
        return;
    }
    let project = Project::new();
    let (_process, url) = start(&project, &[]);
    let call = |operation: &str, options: &[&str]| {
        let options: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        call(&project, operation, &url, &options)
    };
    let is_refusal = |said: &Value| (450..=700).contains(&code(said).parse::<u16>().unwrap());

    // The later of two options of one name counts, so that this is somebody else on our connection.
    let other = format!("intermediary={DECLARANT}");
    assert_eq!(code(&call("check-connectivity", &[&other])), "450");
    assert!(is_refusal(&call("download", &["storage-id={unknown}"])));
    let backwards = ["start=2026-01-31T12:00:00Z", "end=2026-01-31T11:00:00Z"];
    assert!(is_refusal(&call("download-list", &backwards)));
    let days = ["start-date=2026-01-30", "end-date=2026-01-31"];
    let said = call("download-list", &days);
    assert_eq!(code(&said), "000");
    assert!(
        said["answer"]
            .get("MessageInformation")
            .is_none_or(|listed| listed == &Value::Array(Vec::new()))
    );
}

/// Customs as it calls, by its business id in the form of a VAT number.
const CUSTOMS: &str = "FI02454428";

#[test]
fn the_simulator_notifies_a_foreign_service() {
    if !peers::are_prepared() {
        return;
    }
    let project = Project::new();
    let mut service = Service::for_notifications(&project, &[]);
    let notify = service.url.clone();
    let (_process, url) = start(&project, &["--notify", &notify]);
    let upload = declaration(&project, "ZEEP-2");
    assert_eq!(code(&call(&project, "upload", &url, &upload)), "000");
    let record = service.record();
    assert_eq!(record["operation"], "Notify");
    assert_eq!(record["peer"]["serialNumber"], CUSTOMS);
    let information = &record["request"]["MessageInformation"];
    assert_eq!(information["Reference"], "ZEEP-2");
    assert_eq!(information["DeclarantBusinessId"], DECLARANT);
    let id = information["MessageStorageId"].as_str().unwrap();
    let said = call(&project, "download", &url, &[format!("storage-id={id}")]);
    assert_eq!(code(&said), "000");
    assert_eq!(said["applicationResponse"]["MessageStorageId"], id);
}
