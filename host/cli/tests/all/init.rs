// SPDX-License-Identifier: Apache-2.0
use std::fs;

use xml_testkit::tools;

use crate::project::{Project, Refusal};

/// Command lines of the report of `silta init`, but for those that run until they are stopped.
fn proposed(report: &str) -> Vec<String> {
    let (lines, servers) = report
        .split_once("These run until they are stopped")
        .unwrap();
    assert!(servers.contains("silta sim"), "{report}");
    let lines = lines.lines().map(str::trim);
    let commands = lines.filter(|line| line.starts_with("silta "));
    commands.map(str::to_owned).collect()
}

/// What they name has to be in the folder, and each has to do what it says.
#[track_caller]
fn does_what_it_proposes(arguments: &str, agencies: &[&str]) {
    let project = Project::new();
    let run = project.silta(&format!("init {arguments}"));
    let commands = proposed(&run.succeeds().out);
    for (agency, operations) in [
        ("tulli", &["build", "parse", "validate"][..]),
        ("vero", &["build", "parse", "validate"]),
    ] {
        for operation in operations {
            let is_there = commands
                .iter()
                .any(|command| command.contains(&format!("{operation} {agency}")));
            assert_eq!(is_there, agencies.contains(&agency), "{operation} {agency}");
        }
    }
    for command in &commands {
        let run = project.shell(command);
        assert_eq!(run.exit, 0, "{command}: {}{}", run.out, run.err);
        if command.contains("parse tulli download") {
            let outcome = project.shell(&format!("{command} --json")).exits(0).json();
            let data = &outcome["events"][0]["data"];
            assert_eq!(data["signature"]["state"], "verified", "{data}");
            assert_eq!(outcome["documents"].as_array().unwrap().len(), 2);
        }
        if command.contains("silta check") {
            assert!(run.out.contains("warnings: 0, errors: 0"), "{}", run.out);
        }
        if command.contains(" validate ") {
            assert!(run.err.contains("accepted"), "{}", run.err);
        }
    }
}

#[test]
fn what_init_proposes_works_as_it_stands() {
    does_what_it_proposes("made", &["tulli"]);
    does_what_it_proposes("made --listener", &["tulli"]);
    does_what_it_proposes("made --agency tulli", &["tulli"]);
    does_what_it_proposes("made --agency vero --listener", &["vero"]);
    does_what_it_proposes(
        "made --agency vero --agency tulli --listener",
        &["tulli", "vero"],
    );
}

#[test]
fn init_knows_the_agencies_that_it_has_examples_for() {
    let project = Project::new();
    let run = project.silta("init made --agency prh");
    run.exits(2);
    assert!(
        run.err.contains("tulli") && run.err.contains("vero"),
        "{}",
        run.err
    );
    assert!(!project.path("made").exists());
}

#[test]
fn init_fills_the_empty_folder_it_stands_in() {
    let project = Project::new();
    fs::create_dir(project.path("empty")).unwrap();
    project.silta("init empty").succeeds();
    assert!(project.path("empty/pki/builder.key.pem").is_file());
    fs::create_dir(project.path("other")).unwrap();
    project
        .shell("cd other && silta init --agency vero && silta check")
        .succeeds();
    // This folder is not empty.
    project.silta("init").exits(8);
}

#[test]
fn init_leaves_a_folder_alone_that_is_not_empty() {
    let project = Project::new();
    let before = project.files();
    let run = project.silta("init pki");
    run.exits(8);
    assert_eq!(
        run.err,
        "silta: pki: exists and is not empty; name a new folder, or empty this one [folder.not-empty]\n"
    );
    project.silta("init silta.toml").exits(8);
    project.silta("init missing/folder").exits(8);
    assert!(project.files() == before);
}

/// What has been told as made is there.
#[cfg(unix)]
#[test]
fn init_tells_of_a_link_to_nothing_before_it_tells_what_it_made() {
    let project = Project::new();
    std::os::unix::fs::symlink("nowhere", project.path("linked")).unwrap();
    let run = project.silta("init linked");
    run.exits(8);
    assert_eq!(run.out, "");
    assert_eq!(
        run.err,
        "silta: linked: is a link to what is not there; name a new folder, or make the one that it leads to [file.unwritable]\n"
    );
}

#[test]
fn init_never_makes_the_same_keys_twice() {
    let project = Project::new();
    project.silta("init other").succeeds();
    for name in [
        "ca",
        "customs",
        "customs-signing",
        "gateway",
        "intermediary",
        "builder",
        "vero-ca",
        "vero",
    ] {
        let (one, other) = (
            format!("pki/{name}.key.pem"),
            format!("other/pki/{name}.key.pem"),
        );
        assert_ne!(project.read(&one), project.read(&other), "{name}");
    }
}

#[test]
fn the_configuration_that_init_makes_is_found_from_anywhere() {
    let project = Project::new();
    project.silta("init a/b").exits(8);
    fs::create_dir(project.path("a")).unwrap();
    project.silta("init a/b").succeeds();
    let build = "build tulli upload --config a/b/silta.toml --params a/b/examples/upload.json";
    project
        .silta(&format!(
            "{build} --payload a/b/examples/declaration.xml --out out.xml"
        ))
        .succeeds();
    project.refuses(
        &format!("{build} --payload a/examples/declaration.xml --out out.xml"),
        &Refusal {
            exit: 8,
            code: "file.unreadable",
            path: "a/examples/declaration.xml",
            says: &[
                "a/examples/declaration.xml: cannot be read",
                "check the path",
            ],
        },
    );
}

#[test]
fn openssl_takes_the_certificates_and_the_keys() {
    if !tools::are_installed(&["openssl"]) {
        return;
    }
    let project = Project::new();
    let run = |command: &str| tools::output(&project.path("pki"), command);
    #[rustfmt::skip]
    let rows = [
        ("customs", "ca", "-purpose sslserver -verify_hostname localhost"),
        ("customs-signing", "ca", "-purpose sslclient"),
        ("intermediary", "ca", "-purpose sslclient"),
        ("builder", "ca", ""),
        ("vero", "vero-ca", "-purpose sslserver -verify_hostname localhost"),
        ("vero", "vero-ca", "-purpose sslclient"),
    ];
    for (name, authority, purpose) in rows {
        run(&format!(
            "openssl verify -x509_strict -CAfile {authority}.pem {purpose} {name}.pem"
        ));
        let of_key = run(&format!("openssl pkey -in {name}.key.pem -pubout"));
        let of_certificate = run(&format!("openssl x509 -in {name}.pem -noout -pubkey"));
        assert_eq!(of_key, of_certificate, "{name}");
    }
}

#[test]
fn a_configuration_for_production_is_one_once_it_is_filled_in() {
    let project = Project::new();
    let agencies = "--agency tulli --agency vero --agency suomifi-rest --agency suomifi-viestit --agency suomifi-mail";
    let made = project.silta(&format!("init silta --production --listener {agencies}"));
    assert!(made.succeeds().out.contains("pki/customs-issuers.pem"));
    // Nothing starts, and everything that is missing is told, each with its place.
    let refused = project.silta("serve --config silta/silta.toml");
    let told = &refused.exits(5).err;
    assert!(
        told.contains("agencies.tulli.settings.url") && told.contains("`FILL IN`"),
        "{told}"
    );
    let text = project.text("silta/silta.toml");
    let checked = project.silta("check --config silta/silta.toml");
    checked.exits(5);
    let told = checked.out.matches("`FILL IN`").count();
    assert_eq!(told, text.matches("\"FILL IN").count(), "{}", checked.out);
    // As those who operate it would fill it in, with test certificates.
    let mut filled = String::new();
    for line in text.lines() {
        let value = match line.split_once(" = ") {
            Some((_, value)) if value.contains("FILL IN") => value,
            _ => {
                filled += &format!("{line}\n");
                continue;
            }
        };
        let (name, _) = line.split_once(" = ").unwrap();
        let known = match name {
            "url" => "https://localhost:8443/dme",
            "intermediary" | "builder" => "9000001-1",
            "from" => "kirjaamo@kunta.example",
            "domain" => "kunta.example",
            "host" => "relay.kunta.example",
            _ => "silta",
        };
        let list = if value.starts_with('[') {
            ("[", "]")
        } else {
            ("", "")
        };
        filled += &format!("{name} = {}\"{known}\"{}\n", list.0, list.1);
    }
    project.write("silta/silta.toml", filled);
    for (file, test) in [
        ("builder.key.pem", "builder.key.pem"),
        ("builder.pem", "builder.pem"),
        ("intermediary.key.pem", "intermediary.key.pem"),
        ("intermediary.pem", "intermediary.pem"),
        ("customs-issuers.pem", "ca.pem"),
        ("customs-server-issuers.pem", "ca.pem"),
        ("vero-callback", "vero-callback"),
        ("vero-client.key.pem", "intermediary.key.pem"),
        ("vero-client.pem", "intermediary.pem"),
        ("vero-issuers.pem", "vero-ca.pem"),
        ("suomifi-password", "suomifi-password"),
        ("suomifi-issuers.pem", "suomifi-ca.pem"),
        ("relay-issuers.pem", "suomifi-ca.pem"),
        ("listener.pem", "gateway.pem"),
        ("listener.key.pem", "gateway.key.pem"),
    ] {
        fs::copy(
            project.path(format!("pki/{test}")),
            project.path(format!("silta/pki/{file}")),
        )
        .unwrap();
    }
    let checked = project.silta("check --config silta/silta.toml");
    assert!(
        checked.exits(0).out.contains("errors: 0"),
        "{}",
        checked.out
    );
}
