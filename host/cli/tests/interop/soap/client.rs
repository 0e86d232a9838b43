// SPDX-License-Identifier: Apache-2.0
//! A client of another's making before the simulated Customs, which has to take from it what it takes from the program.

use silta_simulators::{
    Simulator,
    customs::{CustomsSetup, CustomsSimulator},
};

use super::stacks::{DECLARANT, INTERMEDIARY, Project, is_valid, zeep};
use crate::peers;

/// What `client.py` needs to connect as the company of the folder.
pub(super) fn connection(project: &Project) -> [String; 4] {
    [
        format!("intermediary={INTERMEDIARY}"),
        format!("ca={}", project.path("pki/ca.pem")),
        format!("certificate={}", project.path("pki/intermediary.pem")),
        format!("key={}", project.path("pki/intermediary.key.pem")),
    ]
}

/// What it needs to make and sign an application request of the example.
pub(super) fn declaration(project: &Project, reference: &str) -> [String; 6] {
    [
        format!("payload={}", project.path("examples/declaration.xml")),
        format!("declarant={DECLARANT}"),
        "application=IMPORT".to_owned(),
        format!("reference={reference}"),
        format!("signing-key={}", project.path("pki/builder.key.pem")),
        format!("signing-certificate={}", project.path("pki/builder.pem")),
    ]
}

/// Calls an operation; the answer has to be as the schemas have it.
#[track_caller]
pub(super) fn call(
    project: &Project,
    operation: &str,
    url: &str,
    options: &[String],
) -> serde_json::Value {
    let kept = project.path("answer.xml");
    let keep = format!("answer={kept}");
    let connection = connection(project);
    let words = connection.iter().chain(options).chain([&keep]);
    let arguments: Vec<&str> = [operation, url]
        .into_iter()
        .chain(words.map(String::as_str))
        .collect();
    let said = zeep("client.py", &arguments);
    is_valid(&kept);
    said
}

#[test]
fn a_foreign_client_uploads_to_the_simulator() {
    if !peers::are_prepared() {
        return;
    }
    let project = Project::new();
    let pem = |name: &str| String::from_utf8(project.read(&format!("pki/{name}.pem"))).unwrap();
    let setup = CustomsSetup::new(pem("customs"), pem("customs.key"), pem("ca"), pem("ca"));
    let customs = CustomsSimulator::start(setup).unwrap();
    let upload = || {
        let options = declaration(&project, "ZEEP-1");
        call(&project, "upload", &customs.url(), &options)
    };
    let said = upload();
    let checks = &customs.received()[0].checks;
    assert_eq!(
        said["answer"]["ResponseHeader"]["ResponseCode"], "000",
        "{checks:?}"
    );
    assert_eq!(said["answer"]["MessageInformation"]["Reference"], "ZEEP-1");
    // The same reference once more, which only whoever has read it can tell.
    assert_eq!(upload()["answer"]["ResponseHeader"]["ResponseCode"], "500");
}
