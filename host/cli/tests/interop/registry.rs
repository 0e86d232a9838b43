// SPDX-License-Identifier: Apache-2.0
//! Packages in Debian's registry server (`docker-registry`), which has no list of what refers to what: pushed, pulled, and deployed to a gateway that serves.

use std::{
    env, fs,
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    thread,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{project::Project, running::Running};

/// `anna` and her password, by the test vectors of bcrypt.
const HTPASSWD: &str = "anna:$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\n";
const AUTH: &str = "YW5uYTpVKlU=";

/// A registry on loopback, which ends when it is dropped.
struct DockerRegistry {
    child: Child,
    address: String,
    folder: TempDir,
}

impl DockerRegistry {
    /// `None` where the program is not installed and need not be.
    fn start(is_closed: bool) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        fs::write(at("htpasswd"), HTPASSWD).unwrap();
        let mut configuration = json!({
            "version": 0.1,
            "log": { "level": "info", "accesslog": { "disabled": true } },
            "storage": { "filesystem": { "rootdirectory": at("data") } },
            "http": { "addr": "127.0.0.1:0" },
        });
        if is_closed {
            configuration["auth"] =
                json!({ "htpasswd": { "realm": "silta", "path": at("htpasswd") } });
        }
        // JSON is YAML.
        fs::write(at("registry.yml"), configuration.to_string()).unwrap();
        let mut command = Command::new("docker-registry");
        command.args(["serve", &at("registry.yml")]);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => {
                assert!(
                    env::var_os("SILTA_REQUIRE_INTEROP").is_none(),
                    "docker-registry: {error}"
                );
                println!("docker-registry is not installed: skipped");
                return None;
            }
        };
        let mut errors = BufReader::new(child.stderr.take().unwrap());
        let address = loop {
            let mut line = String::new();
            assert!(errors.read_line(&mut line).unwrap() > 0, "it ended");
            if let Some((_, rest)) = line.split_once("listening on ") {
                break rest.split('"').next().unwrap().to_owned();
            }
        };
        // Read as it comes, so that it never waits for a reader.
        thread::spawn(move || {
            let _ = errors.read_to_end(&mut Vec::new());
        });
        Some(Self {
            child,
            address,
            folder,
        })
    }
}

impl Drop for DockerRegistry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder with a signed package of a component that comes with the program, and one of another version of it.
fn packed() -> Project {
    let project = Project::new();
    project.write("courier.wasm", artifacts::COURIER.bytes);
    for command in [
        "component key --out own.key",
        "component pack courier.wasm --licence Apache-2.0 --key own.key --out packages",
    ] {
        project.silta(command).succeeds();
    }
    project
}

fn pushed(project: &Project, command: &str) -> Value {
    project
        .silta(&format!("component push {command} --json"))
        .succeeds()
        .json()
}

#[test]
fn a_package_is_pushed_pulled_and_verified() {
    let Some(registry) = DockerRegistry::start(false) else {
        return;
    };
    let project = packed();
    let tag = format!("{}/agencies/courier:0.1.0", registry.address);
    let package = "packages/courier-0.1.0.wasm";
    let first = pushed(&project, &format!("{tag} {package}"));
    assert_eq!(first["tag"], "0.1.0");
    // The same again is the same.
    assert_eq!(pushed(&project, &format!("{tag} {package}")), first);
    let at = first["reference"].as_str().unwrap();
    for from in [tag.as_str(), at] {
        let pulled = project.silta(&format!(
            "component pull {from} --out pulled/it.wasm --json"
        ));
        assert_eq!(pulled.succeeds().json()["reference"], at);
        for end in ["wasm", "manifest.json", "signatures.json"] {
            let (ours, theirs) = (
                format!("packages/courier-0.1.0.{end}"),
                format!("pulled/it.{end}"),
            );
            assert_eq!(project.read(&ours), project.read(&theirs), "{end}");
        }
        let verify = "component verify pulled/it.wasm --publisher own.key.pub --agency courier";
        project.silta(verify).succeeds();
        fs::remove_dir_all(project.path("pulled")).unwrap();
    }
    // Another publisher signs the same component, and both signatures are pulled.
    project.silta("component key --out other.key").succeeds();
    let pack = "component pack courier.wasm --licence Apache-2.0 --key other.key --out others";
    project.silta(pack).succeeds();
    let other = pushed(&project, &format!("{tag} others/courier-0.1.0.wasm"));
    assert_eq!(other["digest"], first["digest"]);
    assert_ne!(other["package"], first["package"]);
    project.silta(&format!("component pull {at}")).succeeds();
    for key in ["own.key.pub", "other.key.pub"] {
        let verify = format!("component verify courier-0.1.0.wasm --publisher {key}");
        project.silta(&verify).succeeds();
    }
    // What the disk of the registry has made of it is not taken.
    let component = digest_of_layer(&registry, &first);
    let blob = format!(
        "data/docker/registry/v2/blobs/sha256/{}/{component}/data",
        &component[..2]
    );
    let blob = registry.folder.path().join(blob);
    let mut bytes = fs::read(&blob).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&blob, bytes).unwrap();
    let spoilt = project.silta(&format!("component pull {at} --json"));
    assert_eq!(spoilt.exits(6).error()["code"], "registry.wrong-digest");
    let missing = project.silta(&format!(
        "component pull {}/agencies/courier:none --json",
        registry.address
    ));
    assert_eq!(missing.exits(4).error()["code"], "registry.not-found");
}

/// As the manifest in the registry has it, asked without our client.
fn digest_of_layer(registry: &DockerRegistry, pushed: &Value) -> String {
    let digest = pushed["digest"].as_str().unwrap();
    let url = format!(
        "http://{}/v2/agencies/courier/manifests/{digest}",
        registry.address
    );
    let accept = "application/vnd.oci.image.manifest.v1+json";
    let mut answer = ureq::get(&url).header("Accept", accept).call().unwrap();
    let manifest: Value =
        serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap();
    assert_eq!(
        manifest["config"]["mediaType"],
        "application/vnd.wasm.config.v0+json"
    );
    assert_eq!(manifest["layers"].as_array().unwrap().len(), 1);
    assert_eq!(manifest["layers"][0]["mediaType"], "application/wasm");
    // What is said of the component is in its packages.
    assert_eq!(manifest.get("annotations"), None);
    let digest = manifest["layers"][0]["digest"].as_str().unwrap();
    digest.strip_prefix("sha256:").unwrap().to_owned()
}

#[test]
fn nothing_of_an_earlier_package_stays_beside_a_later_one() {
    let Some(registry) = DockerRegistry::start(false) else {
        return;
    };
    let project = packed();
    let pack = "component pack courier.wasm --licence Apache-2.0 --out unsigned";
    project.silta(pack).succeeds();
    let push = |name: &str, file: &str| {
        let to = format!("{}/{name}:1", registry.address);
        pushed(&project, &format!("{to} {file}"));
        to
    };
    let signed = push("signed", "packages/courier-0.1.0.wasm");
    let unsigned = push("unsigned", "unsigned/courier-0.1.0.wasm");
    let bare = push("bare", "courier.wasm");
    let beside = |from: &str| {
        let pull = format!("component pull {from} --out pulled/it.wasm");
        project.silta(&pull).succeeds();
        let is_there = |end: &str| project.path(format!("pulled/it.{end}")).exists();
        (is_there("manifest.json"), is_there("signatures.json"))
    };
    assert_eq!(beside(&signed), (true, true));
    assert_eq!(beside(&unsigned), (true, false));
    assert_eq!(beside(&signed), (true, true));
    assert_eq!(beside(&bare), (false, false));
}

#[test]
fn a_closed_registry_wants_the_credentials_of_a_file() {
    let Some(registry) = DockerRegistry::start(true) else {
        return;
    };
    let project = packed();
    let tag = format!("{}/courier:1", registry.address);
    let auths = |auth: &str| {
        json!({ "auths": { registry.address.as_str(): { "auth": auth } } }).to_string()
    };
    project.write("good.json", auths(AUTH));
    project.write("wrong.json", auths("YW5uYTpoaWRkZW4="));
    project.write("none.json", "{}");
    let push = format!("component push {tag} packages/courier-0.1.0.wasm --json");
    let denied = project.silta(&format!("{push} --credentials wrong.json"));
    assert_eq!(denied.exits(5).error()["code"], "registry.denied");
    assert!(!denied.err.contains("hidden"), "{}", denied.err);
    let none = project.silta(&format!("{push} --credentials none.json"));
    assert_eq!(none.exits(8).error()["code"], "registry.credentials");
    project
        .silta(&format!("{push} --credentials good.json"))
        .succeeds();
    let pull = format!("component pull {tag} --out it.wasm --json");
    let nobody = project.silta(&pull);
    assert_eq!(nobody.exits(5).error()["code"], "registry.denied");
    // As docker keeps it for whoever runs it.
    fs::create_dir_all(project.path("docker")).unwrap();
    project.write("docker/config.json", auths(AUTH));
    let folder = project.path("docker").display().to_string();
    let found = project.silta_with(&pull, &[("DOCKER_CONFIG", folder.as_str())], "");
    found.succeeds();
    assert_eq!(project.read("it.wasm"), project.read("courier.wasm"));
}

#[test]
fn what_is_pushed_is_deployed_by_its_digest() {
    let Some(registry) = DockerRegistry::start(true) else {
        return;
    };
    let project = packed();
    let auths = json!({ "auths": { registry.address.as_str(): { "auth": AUTH } } });
    project.write("credentials.json", auths.to_string());
    let tag = format!("{}/courier:1", registry.address);
    let push = format!("{tag} packages/courier-0.1.0.wasm --credentials credentials.json");
    let pushed = pushed(&project, &push);
    let at = pushed["reference"].as_str().unwrap();
    let token = project
        .silta("token new --id erp --may deploy,read --json")
        .succeeds()
        .json();
    project.write("token", token["token"].as_str().unwrap());
    project.write("password", "Zmlyc3QtcGFzc3dvcmQtMQ==");
    let table = token["table"].as_str().unwrap();
    let configuration = format!(
        "[platform]\naddress = \"127.0.0.1:0\"\n\n{table}\n[publishers.own]\nkeys = [\"own.key.pub\"]\nagencies = [\"courier\"]\n\n[registries.own]\naddress = \"{}\"\ncredentials = \"credentials.json\"\n\n[agencies.courier]\ncomponent = \"packages/courier-0.1.0.wasm\"\n[agencies.courier.settings]\nurl = \"https://localhost:1\"\nuser = \"tester\"\n[agencies.courier.secrets.password]\nfiles = [\"password\"]\n",
        registry.address
    );
    project.write("silta.toml", configuration);
    project.silta("check --config silta.toml").succeeds();
    let running = Running::start(&project, "serve --config silta.toml");
    let first: Value = serde_json::from_str(&running.first).unwrap();
    let api = format!(
        "--url http://{} --token-file token --json",
        first["platform"].as_str().unwrap()
    );
    let deploy =
        |what: &str| project.silta(&format!("component deploy {what} --agency courier {api}"));
    let by_gateway = deploy(&format!("{at} --pulled-by-gateway"))
        .succeeds()
        .json();
    assert_eq!(by_gateway["generations"][0]["version"], "0.1.0");
    let by_program = deploy(&format!("{at} --credentials credentials.json"));
    by_program.succeeds();
    // A tag may be another component tomorrow.
    assert_eq!(deploy(&tag).exits(8).error()["code"], "file.unreadable");
    let other = format!("127.0.0.1:1/courier@{}", pushed["digest"].as_str().unwrap());
    let refused = deploy(&format!("{other} --pulled-by-gateway"));
    assert_eq!(refused.error()["code"], "registry.not-allowed");
    let unsigned = project.silta(&format!(
        "component push {}/bare:1 courier.wasm --credentials credentials.json --json",
        registry.address
    ));
    let bare = unsigned.succeeds().json();
    let refused = deploy(&format!(
        "{} --pulled-by-gateway",
        bare["reference"].as_str().unwrap()
    ));
    assert_eq!(refused.error()["code"], "package.unsigned");
    for (body, code) in [
        (json!({ "reference": tag }), "registry.no-digest"),
        (json!({ "reference": "courier" }), "registry.reference"),
        (
            json!({ "reference": at, "component": "AA==" }),
            "request.form",
        ),
        (json!({ "reference": at, "manifest": "{}" }), "request.form"),
        (json!({}), "request.form"),
        (
            json!({ "reference": at.replace("/courier@", "/other@") }),
            "registry.not-found",
        ),
    ] {
        let order = json!({ "components": { "courier": body } }).to_string();
        let url = format!(
            "http://{}/v1/deployments",
            first["platform"].as_str().unwrap()
        );
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let bearer = format!("Bearer {}", project.text("token"));
        let request = agent.post(&url).header("Authorization", bearer);
        let mut answer = request
            .header("Content-Type", "application/json")
            .send(order)
            .unwrap();
        let problem: Value =
            serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap();
        assert_eq!(problem["code"], code, "{problem}");
    }
}
