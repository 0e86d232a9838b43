// SPDX-License-Identifier: Apache-2.0
use std::fs;

use xml_testkit::tools;

use crate::project::{Project, Refusal};

#[test]
fn what_init_makes_builds_and_parses() {
    let project = Project::new();
    let run = project.silta("init made");
    run.succeeds();
    // The command that it proposes, as it stands there.
    let command = run
        .out
        .lines()
        .map(str::trim)
        .find_map(|line| line.strip_prefix("silta "));
    let built = project.silta(&format!("{} --json", command.unwrap()));
    built.succeeds();
    project.write("built.json", &built.out);
    project.write("answer.xml", crate::parse::acknowledgement("000"));
    let command = "parse tulli upload --config made/silta.toml --status 200 --body answer.xml --request-json built.json --json";
    let parsed = project.silta(command);
    assert_eq!(
        parsed.succeeds().json()["reference"],
        built.json()["reference"]
    );
}

#[test]
fn init_fills_the_empty_folder_it_stands_in() {
    let project = Project::new();
    fs::create_dir(project.path("empty")).unwrap();
    project.silta("init empty").succeeds();
    assert!(project.path("empty/pki/builder.key.pem").is_file());
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
    for (name, authority, purpose) in [
        (
            "customs",
            "ca",
            "-purpose sslserver -verify_hostname localhost",
        ),
        ("customs-signing", "ca", "-purpose sslclient"),
        ("intermediary", "ca", "-purpose sslclient"),
        ("builder", "ca", ""),
        (
            "vero",
            "vero-ca",
            "-purpose sslserver -verify_hostname localhost",
        ),
        ("vero", "vero-ca", "-purpose sslclient"),
    ] {
        run(&format!(
            "openssl verify -x509_strict -CAfile {authority}.pem {purpose} {name}.pem"
        ));
        let of_key = run(&format!("openssl pkey -in {name}.key.pem -pubout"));
        let of_certificate = run(&format!("openssl x509 -in {name}.pem -noout -pubkey"));
        assert_eq!(of_key, of_certificate, "{name}");
    }
}
