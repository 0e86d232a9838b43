// SPDX-License-Identifier: Apache-2.0
//! Files that change while the program serves, and agencies that cannot be served.

use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use serde_json::json;
use ureq::{
    Agent,
    tls::{Certificate, RootCerts, TlsConfig, TlsProvider},
};

use super::{LISTENER, Serving, client, post, project, refuses};
use crate::project::Project;

const SERVE: &str = "serve --config rogue.toml";

/// The folder of a component that takes calls, with files that are looked at every second.
fn watched(more: &str) -> Project {
    let project = project();
    let text = format!("reload-seconds = 1\n{}{more}", project.text("rogue.toml"));
    project.write("rogue.toml", text);
    project
}

const PASSWORD: &str = "[agencies.rogue.secrets.password]\nfiles = [\"pki/password\"]\n";

/// Certificate and key for this machine by nobody else, valid until the start of a year.
fn self_signed(until: i32) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

/// A client without a certificate that believes one server.
fn believing(certificate: &str) -> Agent {
    let root = Certificate::from_pem(certificate.as_bytes()).unwrap();
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(std::sync::Arc::new(provider))
        .root_certs(RootCerts::from([root]))
        .build();
    Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .proxy(None)
        .build()
        .into()
}

/// Which generation answered a call, as the log tells.
fn generation(serving: &Serving) -> u64 {
    loop {
        let line = serving.log.recv_timeout(Duration::from_secs(60)).unwrap();
        let told = line.split_once("generation=");
        if let Some((_, told)) = told.filter(|_| line.contains("call answered")) {
            let number = told.split(' ').next().unwrap();
            return number.parse().unwrap();
        }
    }
}

/// Calls until an arrival is judged by that generation.
fn called_until_generation(project: &Project, serving: &Serving, wanted: u64) {
    let agent = client(project, "intermediary");
    let url = format!("{}/rogue/notify", serving.url);
    for number in 0.. {
        assert_eq!(post(&agent, &url, &format!("{wanted}/{number}")).0, 202);
        let generation = generation(serving);
        if generation == wanted {
            return;
        }
        assert_eq!(generation, wanted - 1);
    }
}

#[cfg(unix)]
#[test]
fn renewed_files_are_used_and_broken_ones_are_not() {
    let project = watched(PASSWORD);
    project.write("pki/password", "one");
    let serving = Serving::start(&project, &format!("-v {SERVE}"));
    called_until_generation(&project, &serving, 1);
    project.write("pki/password", "two");
    called_until_generation(&project, &serving, 2);
    // An empty secret is none; the new certificate of the listener shows that both have been looked at.
    project.write("pki/password", "");
    let (certificate, key) = self_signed(3000);
    project.write("pki/gateway.key.pem", key);
    project.write("pki/gateway.pem", &certificate);
    let url = format!("{}/rogue/notify", serving.url);
    while believing(&certificate).post(&url).send("hello").is_err() {}
    let (_, err) = serving.stop("-TERM");
    assert!(err.contains("goes on with what they held before"), "{err}");
    assert!(
        err.contains("agencies.rogue.secrets.password.files"),
        "{err}"
    );
}

#[test]
fn a_listener_whose_certificate_is_over_does_not_start() {
    let project = project();
    let (certificate, key) = self_signed(2021);
    project.write("pki/gateway.key.pem", key);
    project.write("pki/gateway.pem", certificate);
    let says = [
        "listener.certificates",
        "expired on 2021-01-01",
        "[configuration.file]",
    ];
    refuses(&project, SERVE, 5, &says);
}

#[cfg(unix)]
#[test]
fn what_runs_out_is_told_at_start() {
    let project = project();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_after = (SystemTime::now() + Duration::from_secs(29 * 24 * 60 * 60)).into();
    project.write("pki/gateway.pem", params.self_signed(&key).unwrap().pem());
    project.write("pki/gateway.key.pem", key.serialize_pem());
    let (_, err) = Serving::start(&project, SERVE).stop("-TERM");
    assert!(err.contains("listener.certificates"), "{err}");
    assert!(err.contains("in 28 days; renew it"), "{err}");
}

#[cfg(unix)]
#[test]
fn the_inbox_hears_once_of_a_certificate_that_ends() {
    let project = project();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_after = (SystemTime::now() + Duration::from_secs(6 * 24 * 60 * 60)).into();
    project.write("pki/gateway.pem", params.self_signed(&key).unwrap().pem());
    project.write("pki/gateway.key.pem", key.serialize_pem());
    let told = [(); 2].map(|()| {
        let (_, err) = Serving::start(&project, SERVE).stop("-TERM");
        err.matches("the inbox has an entry about it").count()
    });
    assert_eq!(told, [1, 0]);
    let listed = project.silta("inbox list --config rogue.toml --json");
    let listed = listed.succeeds().json();
    let entries = listed["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 1, "{listed}");
    let event = &entries[0]["events"][0];
    assert_eq!(entries[0]["agency"], "silta");
    assert_eq!(event["kind"], "silta.certificate-ends");
    let data = &event["data"];
    assert_eq!((&data["threshold"], &data["days"]), (&json!(7), &json!(5)));
    assert_eq!(data["field"], "listener.certificates");
}

#[cfg(unix)]
#[test]
fn an_agency_that_cannot_be_served_does_not_stop_the_others() {
    let broken = "[agencies.tulli]\ncomponent = \"builtin\"\n[agencies.tulli.settings]\nurl = \"https://localhost:1/dme\"\nintermediary = \"9000001-1\"\n[agencies.tulli.anchors.customs]\ncertificates = \"pki/ca.pem\"\n[agencies.tulli.keys.builder]\nprivate-key = \"pki/builder.key.pem\"\ncertificates = \"pki/broken.pem\"\n[agencies.tulli.keys.intermediary]\nprivate-key = \"pki/intermediary.key.pem\"\ncertificates = \"pki/intermediary.pem\"\n";
    let project = watched(broken);
    project.write("pki/broken.pem", "not a certificate");
    let strict = [
        "pki/broken.pem",
        "agencies.tulli.keys.builder.certificates",
        "no certificate found",
    ];
    refuses(&project, &format!("{SERVE} --strict"), 5, &strict);
    let (serving, first) = Serving::launch(&project, SERVE);
    assert_eq!(first["agencies"], json!(["rogue"]));
    assert_eq!(first["stopped"], json!(["tulli"]));
    let agent = client(&project, "intermediary");
    let rogue = format!("{}/rogue/notify", serving.url);
    assert_eq!(post(&agent, &rogue, "one").0, 202);
    let url = format!("{}/tulli/notify", serving.url);
    assert_eq!(post(&agent, &url, "").0, 503);
    // Mended: the component answers.
    project.write("pki/broken.pem", project.read("pki/builder.pem"));
    while post(&agent, &url, "").0 == 503 {
        // Each 503 is a line of the log: health checks pass the time, and are none.
        for _ in 0..50 {
            assert_eq!(post(&agent, &rogue, "").0, 202);
        }
    }
    let (_, err) = serving.stop("-TERM");
    assert!(err.contains("agency not served"), "{err}");
    assert!(err.contains("the trouble is over"), "{err}");
}

#[test]
fn where_no_agency_can_be_served_nothing_is_listened_for() {
    let project = project();
    let text = project
        .text("rogue.toml")
        .replace("version = 7", "bad = true");
    project.write("rogue.toml", text);
    refuses(&project, SERVE, 5, &["[setting.bad]"]);
    assert!(project.text("rogue.toml").contains(LISTENER));
}

/// A changed configuration counts for all agencies or for none; what belongs to the start is told.
#[cfg(unix)]
#[test]
fn a_configuration_that_has_changed_is_used_or_told() {
    let project = watched("");
    let right = project.text("rogue.toml");
    let serving = Serving::start(&project, &format!("-v {SERVE}"));
    called_until_generation(&project, &serving, 1);
    let changed = right.replace("version = 7", "version = 8");
    assert_ne!(changed, right);
    project.write("rogue.toml", &changed);
    called_until_generation(&project, &serving, 2);
    let agent = client(&project, "intermediary");
    let version = || {
        let (status, echo) = post(&agent, &format!("{}/rogue/echo", serving.url), "");
        assert_eq!(status, 200);
        let echo: serde_json::Value = serde_json::from_str(&echo).unwrap();
        echo["version"].clone()
    };
    assert_eq!(version(), 8);
    // Wrong settings, and what is no TOML: it goes on as before.
    for wrong in [right.replace("version = 7", "bad = true"), "[".to_owned()] {
        project.write("rogue.toml", wrong);
        while !serving
            .log
            .recv_timeout(Duration::from_secs(60))
            .unwrap()
            .contains("goes on as before")
        {}
        assert_eq!(version(), 8);
    }
    let more = "[store]\narrivals-per-write = 3\n[agencies.other]\ncomponent = \"builtin\"\nagency = \"vero\"\n";
    project.write("rogue.toml", format!("{changed}{more}"));
    let mut told = Vec::new();
    while told.len() < 2 {
        let line = serving.log.recv_timeout(Duration::from_secs(60)).unwrap();
        if line.contains("counts from the next start on") {
            told.push(line);
        }
    }
    assert!(
        told[0].contains("store") && told[1].contains("agencies.other"),
        "{told:?}"
    );
    // What is gone is served until the end; what else has changed counts.
    let gone = right.replace("[agencies.rogue", "[agencies.another");
    project.write("rogue.toml", gone.replace("version = 7", "version = 9"));
    loop {
        let line = serving.log.recv_timeout(Duration::from_secs(60)).unwrap();
        assert!(!line.contains("goes on as before"), "{line}");
        if line.contains("agencies.rogue") && line.contains("counts from the next start on") {
            break;
        }
    }
    assert_eq!(version(), 8);
    serving.stop("-TERM");
}
