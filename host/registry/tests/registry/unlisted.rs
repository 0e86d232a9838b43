// SPDX-License-Identifier: Apache-2.0
//! Registries that do not tell what refers to a component, and how they say so.

use silta_registry::{ComponentFacts, PushedFiles};

use super::{
    COMPONENT, key, package, pull, push, reference, registry,
    server::{Answer, Answers, Asked, Kept, Server},
    settings,
};

const NOW: &str = "2026-11-30T10:00:00Z";

/// A registry that does what another does, but for some requests.
struct Otherwise<F> {
    kept: Kept,
    answer: F,
}

impl<F: Fn(&Kept, &Asked) -> Option<Answer> + Send + Sync + 'static> Answers for Otherwise<F> {
    fn answer(&self, asked: &Asked) -> Answer {
        let other = (self.answer)(&self.kept, asked);
        other.unwrap_or_else(|| self.kept.answer(asked))
    }
}

fn start(answer: impl Fn(&Kept, &Asked) -> Option<Answer> + Send + Sync + 'static) -> Server {
    let kept = Kept::new(false);
    Server::start(Otherwise { kept, answer })
}

#[test]
fn whatever_says_that_there_is_no_list_the_tag_stands_in_for_it() {
    let answers: [fn() -> Answer; 7] = [
        || Answer::status(400),
        || Answer::status(404),
        || Answer::status(405),
        || Answer::status(406),
        || Answer::status(501),
        || Answer::ok(b"<html>").of_type("text/html"),
        || Answer::ok(b"{}").of_type("application/json"),
    ];
    for answer in answers {
        let server = start(move |_, asked| asked.path.contains("/referrers/").then(answer));
        let package = package(&[&key()]);
        push(&server, "a:1", &package, NOW);
        let pulled = pull(&server, "a:1").unwrap();
        assert_eq!(pulled.into_package().unwrap(), package);
    }
    // What fails for the moment is no word on that.
    for status in [429, 500, 503] {
        let server = start(move |_, asked| {
            let is_asked = asked.path.contains("/referrers/");
            is_asked.then(|| Answer::status(status))
        });
        let files = PushedFiles::of_component(COMPONENT, NOW);
        let to = reference(&server, "a:1");
        let pushed = registry(&server, settings()).push(&to, &files, &ComponentFacts::default());
        pushed.unwrap();
        let error = pull(&server, "a:1").unwrap_err();
        assert_eq!(error.code(), "registry.unavailable");
    }
}

/// As GitLab's does.
#[test]
fn where_the_tag_is_the_component_itself_there_is_no_package_and_none_is_pushed() {
    let server = start(|kept, asked| {
        let (before, digits) = asked.path.split_once("/manifests/sha256-")?;
        (asked.method == "GET").then(|| {
            kept.answer(&Asked {
                method: "GET".to_owned(),
                path: format!("{before}/manifests/sha256:{digits}"),
                host: asked.host.clone(),
                authorization: None,
                content_type: String::new(),
                body: Vec::new(),
            })
        })
    });
    let registry = registry(&server, settings());
    let (to, facts) = (reference(&server, "a:1"), ComponentFacts::default());
    let files = PushedFiles::of_component(COMPONENT, NOW);
    registry.push(&to, &files, &facts).unwrap();
    let pulled = pull(&server, "a:1").unwrap();
    assert_eq!(pulled.passed_over, []);
    assert_eq!(pulled.into_package(), Err(COMPONENT.to_vec()));
    let package = package(&[&key()]);
    let to = reference(&server, "a:2");
    let refused = registry.push(&to, &PushedFiles::of(&package, NOW), &facts);
    assert_eq!(refused.unwrap_err().code(), "registry.no-referrers");
    // Nothing names what lacks its package.
    let missing = pull(&server, "a:2").unwrap_err();
    assert_eq!(missing.code(), "registry.not-found");
}

#[test]
fn something_else_under_the_tag_stops_nobody_who_pulls_and_is_not_overwritten() {
    let other =
        br#"{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"}"#;
    let server = start(|_, asked| {
        let is_tag = asked.method == "GET" && asked.path.contains("/manifests/sha256-");
        is_tag.then(|| Answer::ok(other))
    });
    let registry = registry(&server, settings());
    let (to, facts) = (reference(&server, "a:1"), ComponentFacts::default());
    let files = PushedFiles::of_component(COMPONENT, NOW);
    registry.push(&to, &files, &facts).unwrap();
    let pulled = pull(&server, "a:1").unwrap();
    assert_eq!(pulled.passed_over.len(), 1);
    assert_eq!(pulled.packages, []);
    let package = package(&[&key()]);
    let refused = registry.push(&to, &PushedFiles::of(&package, NOW), &facts);
    assert_eq!(refused.unwrap_err().code(), "registry.malformed");
}
