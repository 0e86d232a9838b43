// SPDX-License-Identifier: Apache-2.0
//! `silta wire`: from a package of schemas to requests that are valid by it. The packages are those of `silta-schemas`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use canonical_xml::{Document, Limits};
use silta_schemas::{Package, PackageLimits};

use crate::project::{BODY, Project};

pub(crate) const PACKAGES: [&str; 5] = ["usual", "rearranged", "wcf", "axis", "suomeksi"];

pub(crate) fn folder(name: &str) -> PathBuf {
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/tests/packages");
    packages.join(name).canonicalize().unwrap()
}

/// Puts the usual packages into a project, as `package` and `return-channel`.
pub(crate) fn with_package(project: &Project) {
    for (from, to) in [
        (folder("usual"), "package"),
        (return_channel("usual"), "return-channel"),
    ] {
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let content = fs::read(entry.path()).unwrap();
            project.write(Path::new(to).join(entry.file_name()), content);
        }
    }
}

/// A package of the return channel of Suomi.fi messages.
pub(crate) fn return_channel(name: &str) -> PathBuf {
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/tests/suomifi");
    packages.join(name).canonicalize().unwrap()
}

/// Writes the settings that a package says.
pub(crate) fn write_wire(project: &Project, name: &str) {
    wire(project, name, "--config silta.toml --write");
}

fn wire(project: &Project, name: &str, more: &str) -> String {
    let line = format!("wire tulli --schemas {} {more}", folder(name).display());
    project.silta(&line).succeeds().out.clone()
}

/// The text of the only element of that name in `document`.
fn text(document: &[u8], local: &str) -> String {
    let limits = Limits::default();
    let document = Document::parse(document, &limits).unwrap();
    let found: Vec<_> = document
        .elements()
        .filter(|element| element.local() == local)
        .collect();
    assert_eq!(found.len(), 1, "{local}");
    found[0].text().to_str().unwrap().into_owned()
}

/// A document judged by libxml2.
fn xmllint(schema: &Path, document: &Path) {
    let output = Command::new("xmllint")
        .args(["--nonet", "--noout", "--schema"])
        .arg(schema)
        .arg(document)
        .output();
    match output {
        Ok(output) => assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        ),
        Err(error) => assert!(
            std::env::var_os("SILTA_REQUIRE_INTEROP").is_none(),
            "xmllint: {error}"
        ),
    }
}

/// The schema of the application request, and the elements of what is in base64 in the two layers.
fn application(name: &str) -> (&'static str, &'static str) {
    match name {
        "usual" => ("ApplicationRequest.xsd", "ApplicationRequestMessage"),
        "rearranged" => ("schemas/application.xsd", "ApplicationRequestMessage"),
        "wcf" => ("Application.xsd", "ApplicationRequestMessage"),
        "axis" => ("xsd/application.xsd", "ApplicationRequestMessage"),
        _ => ("hakemus.xsd", "Asiakirja"),
    }
}

/// Every request that is built after `wire --write` is valid by the package, the application request by libxml2 as well.
#[test]
fn what_is_built_after_a_package_is_written_is_valid_by_it() {
    for name in PACKAGES {
        let project = Project::new();
        wire(&project, name, "--config silta.toml --write");
        let schemas = folder(name);
        let line = format!("check --config silta.toml --schemas {}", schemas.display());
        let told = project.silta(&line).succeeds().out.clone();
        assert_eq!(told.matches("is valid by the schemas").count(), 4, "{told}");
        let answers = told.matches("made by the schemas is valid by them, and read");
        assert_eq!(answers.count(), 4, "{told}");
        let package = Package::open(&schemas, &PackageLimits::default()).unwrap();
        project.write("list.json", "{}");
        project.write("download.json", r#"{"storageId": "1234"}"#);
        for (operation, more) in [
            (
                "upload",
                "--params examples/upload.json --payload examples/declaration.xml",
            ),
            ("download-list", "--params list.json"),
            ("download", "--params download.json"),
            ("check-connectivity", "--params list.json"),
        ] {
            let line = format!("build tulli {operation} --config silta.toml {more} --out {BODY}");
            project.silta(&line).succeeds();
            let judgement = package.judge(&project.read(BODY)).unwrap();
            let body = project.text(BODY);
            assert_eq!(judgement.violations, [""; 0], "{name} {operation}: {body}");
            if operation != "upload" {
                continue;
            }
            // The application request within, besides.
            let judged = judgement.judged.len();
            assert_eq!(judged, if name == "wcf" { 3 } else { 2 }, "{judgement:?}");
            let (schema, message) = application(name);
            let request = STANDARD.decode(text(&project.read(BODY), message)).unwrap();
            project.write("application.xml", &request);
            // The one place where the schema lies elsewhere than in the package.
            if name != "wcf" {
                xmllint(&folder(name).join(schema), &project.path("application.xml"));
            }
            let verified = "xml verify application.xml --cert pki/builder.pem";
            let covered = match name {
                "usual" => "--require /ApplicationRequest/Content",
                "axis" => "--require /ApplicationRequest/Content",
                _ => "",
            };
            project.silta(&format!("{verified} {covered}")).succeeds();
        }
    }
}

/// A second time there is nothing to write, and what people wrote is still there.
#[test]
fn writing_keeps_a_backup_and_comments() {
    let project = Project::new();
    let old = project.text("silta.toml");
    let told = wire(&project, "rearranged", "--config silta.toml");
    assert!(
        told.contains("+service-namespace") && told.contains("UploadAttachment"),
        "{told}"
    );
    assert_eq!(project.text("silta.toml"), old);
    wire(&project, "rearranged", "--config silta.toml --write");
    assert_eq!(project.text("silta.toml.bak"), old);
    let new = project.text("silta.toml");
    let comments = old.lines().filter(|line| line.starts_with("# "));
    for comment in comments {
        assert!(new.contains(comment), "{comment}");
    }
    wire(&project, "rearranged", "--config silta.toml --write");
    assert_eq!(project.text("silta.toml"), new);
    assert!(!project.path("silta.toml.bak2").exists());
}

/// Something required that nobody here knows: told, exit code 3, and nothing is written.
#[test]
fn what_is_not_settled_is_not_written() {
    let project = Project::new();
    for entry in fs::read_dir(folder("usual")).unwrap() {
        let entry = entry.unwrap();
        let text = fs::read_to_string(entry.path()).unwrap();
        let known = "<xs:element name=\"Application\" type=\"xs:string\"/>";
        let text = text.replace(
            known,
            &format!("{known}<xs:element name=\"Colour\" type=\"xs:int\"/>"),
        );
        project.write(Path::new("package").join(entry.file_name()), text);
    }
    let old = project.text("silta.toml");
    let run = project.silta("wire tulli --schemas package --config silta.toml --write --json");
    let told = run.exits(3).json();
    assert_eq!(told["unsettled"], 1);
    assert_eq!(project.text("silta.toml"), old);
}

/// What the settings have otherwise than the package is an error, with path and rule.
#[test]
fn a_check_tells_what_is_not_valid_by_the_schemas() {
    let project = Project::new();
    let line = format!(
        "check --config silta.toml --schemas {} --json",
        folder("axis").display()
    );
    let told = project.silta(&line).exits(5).json();
    let found = told["findings"].as_array().unwrap();
    let is_ours = |finding: &&serde_json::Value| finding["code"] == "schemas.invalid";
    let messages: Vec<&str> = found
        .iter()
        .filter(is_ours)
        .map(|finding| finding["message"].as_str().unwrap())
        .collect();
    assert!(
        messages
            .iter()
            .any(|message| message.starts_with("upload is not valid by the schemas: ")),
        "{messages:#?}"
    );
    assert!(
        messages
            .iter()
            .all(|message| message.contains("silta wire tulli")),
        "{messages:#?}"
    );
}

/// An application request that is not in the package is no valid one.
#[test]
fn a_check_tells_of_an_application_request_that_the_package_does_not_know() {
    let project = Project::new();
    wire(&project, "usual", "--config silta.toml --write");
    let config = project.text("silta.toml");
    let namespace = "http://tulli.fi/schema/external/common/dme/v1";
    assert!(config.contains(namespace), "{config}");
    project.write("silta.toml", config.replace(namespace, "urn:other"));
    let schemas = folder("usual");
    let line = format!(
        "check --config silta.toml --schemas {} --json",
        schemas.display()
    );
    let told = project.silta(&line).exits(5).json();
    let found = told["findings"].as_array().unwrap();
    let is_ours = |finding: &serde_json::Value| {
        let message = finding["message"].as_str().unwrap();
        finding["code"] == "schemas.not-judged"
            && message.contains("ApplicationRequest of the namespace `urn:other`")
    };
    assert!(found.iter().any(is_ours), "{told:#}");
}

/// Packages that cannot be read are the caller's to correct; others than those of Customs are not known.
#[test]
fn what_cannot_be_compared_is_refused() {
    let project = Project::new();
    let run = project.silta("wire tulli --schemas silta.toml");
    assert!(
        run.exits(4).err.contains("neither a folder nor a ZIP"),
        "{}",
        run.err
    );
    let run = project.silta("wire vero --schemas .");
    assert!(
        run.exits(2)
            .err
            .contains("those of tulli, suomifi-viestit and suomifi-rest are"),
        "{}",
        run.err
    );
}

/// What differs of the return channel is told with the setting, and nothing is written.
#[test]
fn the_return_channel_is_compared() {
    let project = Project::new();
    let compared = |name: &str| {
        let schemas = return_channel(name);
        let line = format!(
            "wire suomifi-viestit --schemas {} --json",
            schemas.display()
        );
        project.silta(&line).succeeds().json()
    };
    let usual = compared("usual");
    assert_eq!(usual["unsettled"], 0);
    let rows = usual["rows"].as_array().unwrap();
    let is_same = |row: &serde_json::Value| row["ours"] == row["theirs"];
    assert!(rows.iter().all(is_same), "{usual:#}");
    let other = compared("other");
    let theirs = |setting: &str| {
        let mut rows = other["rows"].as_array().unwrap().iter();
        let row = rows.find(|row| row["setting"].as_str().unwrap().starts_with(setting));
        row.unwrap_or_else(|| panic!("{setting}: {other:#}"))["theirs"].clone()
    };
    assert_eq!(theirs("response.item-shape"), "spec-1.1");
    assert_eq!(
        theirs("required-fields (VieKohteita/Viranomainen/ViranomaisTunnus)"),
        "1 string"
    );
    assert_eq!(
        theirs("VieKohteita/Kysely/Kohteet/Kohde/Tiedostot/Tiedosto/TiedostoURL"),
        serde_json::Value::Null
    );
    let schemas = return_channel("usual");
    let line = format!(
        "wire suomifi-viestit --schemas {} --write",
        schemas.display()
    );
    let run = project.silta(&line);
    assert!(run.exits(2).err.contains("are not written"), "{}", run.err);
    let line = format!(
        "wire suomifi-viestit --schemas {} --config silta.toml",
        schemas.display()
    );
    let run = project.silta(&line);
    assert!(
        run.exits(2).err.contains("with the defaults"),
        "{}",
        run.err
    );
}

/// Calls that are made by a package, and the component's answers, are judged by it.
#[test]
fn a_check_judges_calls_and_answers_of_the_return_channel() {
    let project = Project::new();
    let check = |name: &str, settings: &str| {
        let config = format!(
            "[agencies.suomifi-viestit]\ncomponent = \"builtin\"\nallow-sha1 = true\n\n[agencies.suomifi-viestit.anchors.suomifi-signers]\npinned = \"pki/builder.pem\"\n\n[agencies.suomifi-viestit.settings]\nauthority-ids = [\"another\"]\n{settings}"
        );
        project.write("return-channel.toml", config);
        let schemas = return_channel(name);
        project.silta(&format!(
            "check --config return-channel.toml --schemas {}",
            schemas.display()
        ))
    };
    let documents = "response.item-shape = \"spec-1.1\"\n";
    for (name, settings) in [("usual", ""), ("other", documents)] {
        let run = check(name, settings);
        let told = &run.succeeds().out;
        assert_eq!(
            told.matches("made by the schemas, is accepted").count(),
            2,
            "{told}"
        );
    }
    // Without what may be left out; whether that is accepted is for the settings to say.
    let bare = |told: &str| {
        told.matches("with nothing that the schemas do not demand, is")
            .count()
    };
    assert_eq!(bare(&check("usual", "").succeeds().out), 2);
    for (name, settings) in [("usual", documents), ("other", "")] {
        let run = check(name, settings);
        let told = &run.exits(5).out;
        assert!(
            told.contains("what is answered to VieKohteita, made by the schemas, is not valid by the schemas: 1:"),
            "{told}"
        );
    }
}

/// A package that nobody configured is judged by, or that is another agency's, is an error and not passed over.
#[test]
fn a_check_without_the_agency_of_the_schemas_is_told() {
    let project = Project::new();
    with_package(&project);
    let told = |config: &str, schemas: &str| {
        let line = format!("check --config {config} --schemas {schemas} --json");
        let told = project.silta(&line).exits(5).json();
        let found = told["findings"].as_array().unwrap();
        let codes = found
            .iter()
            .filter_map(|finding| finding["code"].as_str().map(str::to_owned));
        codes.collect::<Vec<_>>()
    };
    let has = |codes: &[String], code: &str| codes.iter().any(|one| one == code);
    // The other agency's.
    let codes = told("silta.toml", "return-channel");
    assert!(
        has(&codes, "schemas.invalid") || has(&codes, "schemas.not-judged"),
        "{codes:?}"
    );
    // One whose operations nobody knows.
    project.write("return-channel.toml", "[agencies.suomifi-viestit]\ncomponent = \"builtin\"\nallow-sha1 = true\n\n[agencies.suomifi-viestit.anchors.suomifi-signers]\npinned = \"pki/builder.pem\"\n\n[agencies.suomifi-viestit.settings]\nauthority-ids = [\"another\"]\n");
    let codes = told("return-channel.toml", "package");
    assert!(has(&codes, "schemas.not-settled"), "{codes:?}");
    // Nobody's.
    project.write("empty.toml", "");
    let codes = told("empty.toml", "package");
    assert!(has(&codes, "schemas.not-judged"), "{codes:?}");
}

/// An OpenAPI file of the REST interface: what differs is told, and YAML is told to be converted.
#[test]
fn the_rest_interface_is_compared() {
    let project = Project::new();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/src/openapi/messages.json");
    let own = fs::read_to_string(own).unwrap();
    project.write("api.json", &own);
    let told = project
        .silta("wire suomifi-rest --schemas api.json")
        .succeeds()
        .out
        .clone();
    assert!(told.contains("POST /v2/messages/electronic"), "{told}");
    let changed = own.replace("\"/v2/events\"", "\"/v3/events\"");
    assert_ne!(changed, own);
    project.write("api.json", changed);
    let run = project.silta("wire suomifi-rest --schemas api.json");
    let told = &run.exits(3).out;
    assert!(
        told.contains("GET /v2/events: nothing in the package is like it")
            && told.contains("operation GET /v3/events"),
        "{told}"
    );
    project.write("api.yaml", "openapi: 3.0.3\n");
    let run = project.silta("wire suomifi-rest --schemas api.yaml");
    assert!(run.exits(4).err.contains("yq -o json"), "{}", run.err);
}
