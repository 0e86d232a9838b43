// SPDX-License-Identifier: Apache-2.0
//! `silta sim tulli --schemas`: each of the packages, from the package to an upload, a list and a download, and what is refused.

mod own_faults;

use serde_json::{Value, json};
use silta_config::Config;
use toml::Table;

use super::Simulator;
use crate::{
    project::Project,
    receiver::Receiver,
    wire::{PACKAGES, folder, with_package, write_wire},
};

/// A project whose settings are those of one package, and a simulator that speaks by another or the same.
fn start<'p>(project: &'p Project, package: &str, more: &str) -> Simulator<'p> {
    let schemas = folder(package).display().to_string();
    let customs = Simulator::start(project, &format!("--json --schemas {schemas} {more}"));
    project.set("settings.url", customs.url.as_str());
    customs
}

fn send(project: &Project, operation: &str, parameters: &Value) -> Value {
    project.write("parameters.json", parameters.to_string());
    let payload = match operation {
        "upload" => "--payload examples/declaration.xml",
        _ => "",
    };
    let line = format!("send tulli {operation} --params parameters.json {payload} --json");
    let run = project.silta(&line);
    run.json()
}

const UPLOAD: &str = r#"{"declarant": "1234567-1", "application": "IMPORT"}"#;

#[test]
fn each_package_ends_in_an_upload_and_its_reply() {
    for package in PACKAGES {
        let project = Project::new();
        write_wire(&project, package);
        let mut customs = start(&project, package, "--list-interval 0");
        let told = |customs: &mut Simulator<'_>, verdict: &str| {
            let line = customs.json();
            assert_eq!(line["verdict"], verdict, "{package}: {line}");
            line
        };
        let connected = send(&project, "check-connectivity", &json!({}));
        let line = told(&mut customs, "accepted");
        assert_eq!(connected["class"], "done", "{package}: {connected} {line}");
        let uploaded = send(&project, "upload", &serde_json::from_str(UPLOAD).unwrap());
        let line = told(&mut customs, "accepted");
        assert_eq!(uploaded["code"], "000", "{package}: {uploaded} {line}");
        let available = available(&project, &mut customs);
        let id = &available["data"]["storageId"];
        let fetched = send(&project, "download", &json!({ "storageId": id }));
        told(&mut customs, "accepted");
        assert_eq!(fetched["class"], "done", "{package}: {fetched:#}");
        let documents = fetched["documents"].as_array().unwrap();
        // Where there can be one content only, what comes with the reply stays behind.
        let contents = if package == "suomeksi" { 1 } else { 2 };
        assert_eq!(documents.len(), contents, "{package}: {fetched:#}");
        customs.ends();
    }
}

/// The event of the reply. A window ends with a whole second, so that the first list may be before the reply.
fn available(project: &Project, customs: &mut Simulator<'_>) -> Value {
    for _ in 0..100 {
        let listed = send(project, "download-list", &json!({}));
        let line = customs.json();
        assert_eq!(line["verdict"], "accepted", "{line}");
        let events = listed["events"].as_array().unwrap();
        assert_eq!(line["listed"], events.len(), "{listed:#}");
        if let Some(event) = events.first() {
            assert_eq!(event["kind"], "message-available", "{listed:#}");
            return event.clone();
        }
    }
    panic!("the reply is never listed");
}

/// Customs calls by the package, and the component answers by it: the usual one, which alone has such a service, and it with a constant in both messages.
#[test]
fn notifications_are_in_the_words_of_the_package() {
    for is_changed in [false, true] {
        let project = Project::new();
        with_package(&project);
        if is_changed {
            let types = project.text("package/NotificationTypes.xsd");
            let version = "<xs:element name=\"Version\" type=\"xs:string\" fixed=\"9.1\"/>";
            let around = "Header\"><xs:complexType><xs:sequence>";
            assert_eq!(types.matches(around).count(), 2);
            let types = types.replace(around, &format!("{around}{version}"));
            project.write("package/NotificationTypes.xsd", types);
        }
        project
            .silta("wire tulli --schemas package --config silta.toml --write")
            .succeeds();
        let config = Config::read(project.path("silta.toml")).unwrap();
        let deployment = config.deployment("tulli", artifacts::TULLI.bytes).unwrap();
        let receiver = Receiver::start(&project, "tulli", deployment);
        let arguments = format!(
            "--json --schemas package --notify {}",
            receiver.url("notify")
        );
        let mut customs = Simulator::start(&project, &arguments);
        project.set("settings.url", customs.url.as_str());
        let uploaded = send(&project, "upload", &serde_json::from_str(UPLOAD).unwrap());
        assert_eq!(uploaded["code"], "000", "{uploaded:#}");
        let lines = [customs.json(), customs.json()];
        let mut lines = lines.iter();
        let notified = lines.find(|line| line["operation"] == "NotifyRequest");
        let notified = notified.unwrap();
        let told = (&notified["verdict"], &notified["code"]);
        assert_eq!(told, (&json!("answered"), &json!("000")), "{notified}");
        let arrivals = receiver.taken();
        assert_eq!(arrivals.len(), 1);
        assert_eq!(arrivals[0].events[0].kind, "message-available");
        customs.ends();
    }
}

/// Settings of one package are refused by each other one, with a fault that says where and why, before anything of the message is looked at.
#[test]
fn settings_of_another_package_are_refused() {
    for spoken in PACKAGES {
        let project = Project::new();
        let usual = project.text("silta.toml");
        let schemas = folder(spoken).display().to_string();
        let arguments = format!("--json --schemas {schemas}");
        let mut customs = Simulator::start(&project, &arguments);
        for settings in PACKAGES.iter().filter(|settings| **settings != spoken) {
            project.write("silta.toml", &usual);
            write_wire(&project, settings);
            project.set("settings.url", customs.url.as_str());
            let outcome = send(&project, "upload", &serde_json::from_str(UPLOAD).unwrap());
            let line = customs.json();
            is_refused((settings, spoken), &outcome, &line);
        }
        customs.ends();
    }
}

fn is_refused((settings, spoken): (&str, &str), outcome: &Value, line: &Value) {
    assert_ne!(outcome["class"], "done", "{settings} {spoken}: {outcome:#}");
    assert_eq!(line["verdict"], "fault", "{settings} {spoken}: {line}");
    let reason = line["reason"].as_str().unwrap();
    let told = reason
        .strip_prefix("The message is not valid by the schema: ")
        .unwrap_or_else(|| panic!("{settings} {spoken}: {reason}"));
    let (position, rest) = told.split_once(' ').unwrap();
    let (row, column) = position.split_once(':').unwrap();
    assert!(
        row.parse::<u32>().is_ok() && column.parse::<u32>().is_ok(),
        "{told}"
    );
    assert!(rest.starts_with('/'), "{told}");
    // Who sent it is told the same.
    assert!(outcome.to_string().contains(position), "{outcome:#}");
}

/// Constants, order and what has to be there are the package's: one thing changed in settings that are right is refused with what was expected.
#[test]
fn what_is_changed_in_right_settings_is_refused() {
    for (package, from, to, says) in [
        ("rearranged", "text = \"9.1\"", "text = \"9.2\"", "Version"),
        ("rearranged", "at = \"Country\"", "at = \"Land\"", "Land"),
        ("axis", "none:Language", "none:Kieli", "Kieli"),
        ("wcf", "text = \"DME\"", "text = \"XXX\"", "Channel"),
        ("suomeksi", "Otsake/Kieli", "Otsake/Hetki2", "Hetki2"),
    ] {
        let project = Project::new();
        write_wire(&project, package);
        let config = project.text("silta.toml");
        assert!(config.contains(from), "{package}: {config}");
        project.write("silta.toml", config.replace(from, to));
        let mut customs = start(&project, package, "");
        let outcome = send(&project, "upload", &serde_json::from_str(UPLOAD).unwrap());
        assert_ne!(outcome["class"], "done", "{package}: {outcome:#}");
        let line = customs.json();
        let reason = line["reason"].as_str().unwrap();
        assert!(
            reason.contains("not valid by the schema") && reason.contains(says),
            "{package}: {reason}"
        );
        customs.ends();
    }
}

/// SOAPAction and header blocks are no part of a schema, and are minded as the binding has them.
#[test]
fn what_the_binding_demands_is_minded() {
    let project = Project::new();
    write_wire(&project, "wcf");
    let right: Table = project.text("silta.toml").parse().unwrap();
    let without = |table: &str, key: &str| {
        let mut config = right.clone();
        let path = ["agencies", "tulli", "settings", "wire", table];
        let wire = path.iter().fold(&mut config, |table, key| {
            table.get_mut(*key).unwrap().as_table_mut().unwrap()
        });
        assert!(wire.remove(key).is_some(), "{key}");
        project.write("silta.toml", config.to_string());
        let mut customs = start(&project, "wcf", "");
        send(&project, "upload", &serde_json::from_str(UPLOAD).unwrap());
        let line = customs.json();
        customs.ends();
        line
    };
    let line = without("soap-actions", "upload");
    assert_eq!(
        (&line["verdict"], &line["httpStatus"]),
        (&json!("http"), &json!(400))
    );
    let line = without("layouts", "soap-header");
    assert_eq!(line["verdict"], "fault", "{line}");
    let reason = line["reason"].as_str().unwrap();
    assert!(
        reason.contains("the header block Tracing is missing"),
        "{reason}"
    );
}

/// Misbehaviour is as wrong as ever, in the names of the package.
#[test]
fn misbehaviour_is_in_the_words_of_the_package() {
    let project = Project::new();
    write_wire(&project, "suomeksi");
    let mut customs = start(
        &project,
        "suomeksi",
        "--misbehave refuse-kept=491 --misbehave no-prefixes --misbehave other-prefixes",
    );
    let refused = send(&project, "check-connectivity", &json!({}));
    assert_eq!(refused["code"], "491", "{refused:#}");
    for _ in 0..2 {
        let connected = send(&project, "check-connectivity", &json!({}));
        assert_eq!(connected["class"], "done", "{connected:#}");
    }
    for _ in 0..3 {
        customs.line();
    }
    customs.ends();
}

/// What a package leaves open is refused before anything listens, with the line of the table.
#[test]
fn what_cannot_be_spoken_is_refused_at_the_start() {
    let project = Project::new();
    with_package(&project);
    let service = project.text("package/WsdlTypes.xsd");
    let start = "sim tulli --pki pki --listen 127.0.0.1:0 --until-stdin-closes --schemas package";
    project.write(
        "package/WsdlTypes.xsd",
        service.replace(
            "name=\"MessageStorageId\" type=\"xs:string\"",
            "name=\"Colour\" type=\"xs:int\"",
        ),
    );
    let run = project.silta(start);
    let told = &run.exits(4).err;
    assert!(
        told.contains("names.message-storage-id: nothing in the package is like it"),
        "{told}"
    );
    // Settled, and yet nothing can be said by it.
    let narrow = "<xs:element name=\"ResponseText\"><xs:simpleType><xs:restriction base=\"xs:string\"><xs:minLength value=\"1000\"/></xs:restriction></xs:simpleType></xs:element>";
    project.write(
        "package/WsdlTypes.xsd",
        service.replace(
            "<xs:element name=\"ResponseText\" type=\"xs:string\"/>",
            narrow,
        ),
    );
    let run = project.silta(start);
    let told = &run.exits(4).err;
    assert!(
        told.contains("upload-response cannot be said by the package"),
        "{told}"
    );
    // A package without a service to be notified.
    let schemas = folder("axis");
    let start = format!(
        "sim tulli --pki pki --listen 127.0.0.1:0 --until-stdin-closes --schemas {} --notify https://localhost:1/",
        schemas.display()
    );
    let run = project.silta(&start);
    let told = &run.exits(4).err;
    assert!(told.contains("has no notification service"), "{told}");
}
