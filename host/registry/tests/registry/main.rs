// SPDX-License-Identifier: Apache-2.0
//! A registry that keeps what it is given, and registries that do what none should.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise, and so do the functions it is made of"
)]

mod beside;
mod server;
mod tls;
mod unlisted;

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use silta_packages::{Digest, Manifest, Package, SigningKey};
use silta_registry::{
    ComponentFacts, Credentials, Pulled, Pushed, PushedFiles, Reference, Registry, RegistryError,
    RegistryFault, RegistryLimits, RegistrySettings,
};

use server::{Answer, Asked, Kept, Server};

const COMPONENT: &[u8] = b"\0asm-the-component";

/// Those of the server's tests: `anna:sala`.
fn credentials() -> Option<Credentials> {
    Some(Credentials::new("anna", "sala").unwrap())
}

fn settings() -> RegistrySettings {
    RegistrySettings {
        limits: RegistryLimits {
            time: Duration::from_secs(60),
            ..RegistryLimits::default()
        },
        ..RegistrySettings::default()
    }
}

fn registry(server: &Server, settings: RegistrySettings) -> Registry {
    Registry::new(&server.address, settings).unwrap()
}

fn reference(server: &Server, rest: &str) -> Reference {
    format!("{}/{rest}", server.address).parse().unwrap()
}

fn package(keys: &[&SigningKey]) -> Package {
    let version = "1.4.0".parse().unwrap();
    let contract = "0.1.0".parse().unwrap();
    let manifest = Manifest::of("tulli", version, contract, "Apache-2.0", COMPONENT);
    let mut package = Package::new(COMPONENT.to_vec(), manifest);
    for key in keys {
        package.sign(key);
    }
    package
}

fn push(server: &Server, to: &str, package: &Package, now: &str) -> Pushed {
    let facts = ComponentFacts {
        imports: vec!["silta:agency/keys@0.1.0".into()],
        exports: vec!["silta:agency/descriptor@0.1.0".into()],
    };
    let files = PushedFiles::of(package, now);
    let to = reference(server, to);
    registry(server, settings())
        .push(&to, &files, &facts)
        .unwrap()
}

fn pull(server: &Server, from: &str) -> Result<Pulled, RegistryError> {
    registry(server, settings()).pull(&reference(server, from))
}

fn key() -> SigningKey {
    SigningKey::generate().unwrap().0
}

#[test]
fn what_is_pushed_is_pulled_by_tag_and_by_digest() {
    for has_referrers in [false, true] {
        let server = Server::start(Kept::new(has_referrers));
        let package = package(&[&key()]);
        let pushed = push(
            &server,
            "agencies/tulli:1.4.0",
            &package,
            "2026-11-30T10:00:00Z",
        );
        let by_digest = format!("agencies/tulli@{}", pushed.digest);
        for from in ["agencies/tulli:1.4.0", &by_digest] {
            let pulled = pull(&server, from).unwrap();
            assert_eq!(pulled.digest, pushed.digest);
            assert_eq!(pulled.into_package().unwrap(), package);
        }
        // The same again is the same, and nothing is added.
        let again = push(
            &server,
            "agencies/tulli:other",
            &package,
            "2026-11-30T11:00:00Z",
        );
        assert_eq!(again, pushed);
        let missing = pull(&server, "agencies/tulli:none").unwrap_err();
        assert_eq!(missing.code(), "registry.not-found");
    }
}

#[test]
fn who_signs_later_adds_a_signature_and_who_packs_anew_replaces_the_manifest() {
    for has_referrers in [false, true] {
        let server = Server::start(Kept::new(has_referrers));
        let (one, other) = (key(), key());
        let first = push(&server, "a:1", &package(&[&one]), "2026-11-30T10:00:00Z");
        let second = push(&server, "a:1", &package(&[&other]), "2026-11-30T10:00:01Z");
        assert_eq!(first.digest, second.digest);
        assert_ne!(first.package, second.package);
        let both = pull(&server, "a:1").unwrap().packages;
        assert_eq!(both.len(), 1);
        assert_eq!(both[0].signatures.iter().count(), 2);
        let mut anew = package(&[]);
        anew.manifest.validity.not_after = Some("2027-11-30T10:00:00Z".into());
        anew.sign(&one);
        push(&server, "a:1", &anew, "2026-11-30T10:00:02Z");
        let pulled = pull(&server, "a:1").unwrap();
        assert_eq!(pulled.into_package().unwrap(), anew);
    }
}

#[test]
fn a_component_alone_has_no_package() {
    let server = Server::start(Kept::new(false));
    let files = PushedFiles::of_component(COMPONENT, "2026-11-30T10:00:00Z");
    let registry = registry(&server, settings());
    let to = reference(&server, "a");
    let pushed = registry
        .push(&to, &files, &ComponentFacts::default())
        .unwrap();
    assert_eq!(pushed.package, None);
    let pulled = registry.pull(&to.at(pushed.digest)).unwrap();
    assert_eq!(pulled.into_package(), Err(COMPONENT.to_vec()));
    let unnamed = registry.pull(&to).unwrap_err();
    assert_eq!(unnamed.code(), "registry.unnamed");
    let elsewhere = "other.example.fi/a:1".parse().unwrap();
    assert_eq!(
        registry.pull(&elsewhere).unwrap_err().code(),
        "registry.other-host"
    );
    let other = to.at(Digest::of(b"another"));
    let refused = registry.push(&other, &files, &ComponentFacts::default());
    assert_eq!(refused.unwrap_err().code(), "registry.wrong-digest");
}

#[test]
fn a_name_and_a_password_or_a_token_for_them() {
    for with_token in [false, true] {
        let server = Server::start(Kept::new(false).closed(with_token));
        let known = RegistrySettings {
            credentials: credentials(),
            ..settings()
        };
        let files = PushedFiles::of_component(COMPONENT, "2026-11-30T10:00:00Z");
        let to = reference(&server, "a:1");
        let registry = registry(&server, known);
        registry
            .push(&to, &files, &ComponentFacts::default())
            .unwrap();
        assert_eq!(registry.pull(&to).unwrap().component, COMPONENT);
        let scopes: Vec<String> = server.scopes();
        match with_token {
            true => assert_eq!(scopes, ["repository:a:pull,push", "repository:a:pull"]),
            false => assert!(scopes.is_empty()),
        }
        let nobody = pull(&server, "a:1").unwrap_err();
        assert_eq!(nobody.code(), "registry.denied");
        let wrong = RegistrySettings {
            credentials: Some(Credentials::new("anna", "hidden").unwrap()),
            ..settings()
        };
        let wrong = self::registry(&server, wrong).pull(&to).unwrap_err();
        assert_eq!(wrong.code(), "registry.denied");
        assert!(!format!("{wrong} {wrong:?}").contains("hidden"));
    }
}

#[test]
fn blob_storage_gets_no_credentials() {
    let storage = Server::start(|asked: &Asked| {
        assert_eq!(asked.authorization, None);
        assert!(asked.path.ends_with("?signed=1"), "{}", asked.path);
        Answer::ok(COMPONENT)
    });
    let to = format!("http://{}/blob?signed=1", storage.address);
    let server = Server::start(Kept::new(false).closed(true).with_blobs_at(&to));
    let known = RegistrySettings {
        credentials: credentials(),
        ..settings()
    };
    let registry = registry(&server, known);
    let files = PushedFiles::of_component(COMPONENT, "2026-11-30T10:00:00Z");
    let at = reference(&server, "a:1");
    registry
        .push(&at, &files, &ComponentFacts::default())
        .unwrap();
    assert_eq!(registry.pull(&at).unwrap().component, COMPONENT);
    assert_eq!(storage.asked(), 1);
}

/// A registry with an image of the component that answers for its layer as it likes.
fn with_layer(layer: impl Fn() -> Answer + Send + Sync + 'static) -> Server {
    let (image, _) = server::image(COMPONENT);
    Server::start(move |asked: &Asked| match asked.path.as_str() {
        "/v2/a/manifests/1" => Answer::ok(&image).of_type(server::MANIFEST),
        path if path.contains("/blobs/") => layer(),
        _ => Answer::status(404),
    })
}

#[test]
fn a_layer_is_what_its_digest_says_or_nothing() {
    type Case = (&'static str, fn() -> Answer);
    let cases: [Case; 7] = [
        ("registry.wrong-digest", || {
            Answer::ok(b"\0asm-the-componenT")
        }),
        ("registry.wrong-digest", || Answer::ok(b"short")),
        ("registry.malformed", || {
            Answer::ok(b"\0asm-the-component-and-more")
        }),
        ("registry.malformed", Answer::endless),
        ("registry.broken-off", || Answer::ok(COMPONENT).cut()),
        ("registry.not-found", || Answer::status(404)),
        ("registry.unavailable", || Answer::status(503)),
    ];
    for (code, layer) in cases {
        let server = with_layer(layer);
        let error = pull(&server, "a:1").unwrap_err();
        assert_eq!(error.code(), code, "{error}");
    }
    let server = with_layer(|| Answer::ok(COMPONENT));
    assert_eq!(pull(&server, "a:1").unwrap().component, COMPONENT);
    for (most, is_taken) in [
        (COMPONENT.len() as u64, true),
        (COMPONENT.len() as u64 - 1, false),
    ] {
        let mut settings = settings();
        settings.limits.component_bytes = most;
        let pulled = registry(&server, settings).pull(&reference(&server, "a:1"));
        assert_eq!(pulled.is_ok(), is_taken);
        if let Err(error) = pulled {
            assert_eq!(error.code(), "registry.too-large");
            assert!(error.to_string().contains("component-bytes"), "{error}");
        }
    }
}

#[test]
fn what_is_no_component_is_told_as_what_it_is() {
    let image = |change: fn(&mut serde_json::Value)| {
        let (image, _) = server::image(COMPONENT);
        let mut image = serde_json::from_slice(&image).unwrap();
        change(&mut image);
        image.to_string()
    };
    for (body, code) in [
        (
            image(|image| image["mediaType"] = server::INDEX.into()),
            "registry.not-a-component",
        ),
        (
            image(|image| {
                image["config"]["mediaType"] = "application/vnd.oci.image.config.v1+json".into()
            }),
            "registry.not-a-component",
        ),
        (
            image(|image| image["layers"][0]["mediaType"] = "application/x-tar".into()),
            "registry.not-a-component",
        ),
        (
            image(|image| image["layers"] = serde_json::json!([])),
            "registry.not-a-component",
        ),
        (
            image(|image| image["layers"][0]["digest"] = "sha512:00".into()),
            "registry.malformed",
        ),
        (
            image(|image| image["layers"] = 1.into()),
            "registry.malformed",
        ),
        ("<html>".to_owned(), "registry.malformed"),
        (
            format!("{{\"x\":\"{}\"}}", "x".repeat(4 << 20)),
            "registry.too-large",
        ),
    ] {
        let server =
            Server::start(move |_: &Asked| Answer::ok(body.as_bytes()).of_type(server::MANIFEST));
        let error = pull(&server, "a:1").unwrap_err();
        assert_eq!(error.code(), code, "{error}");
    }
    // By digest, nothing of another content is looked at.
    let (image, _) = server::image(COMPONENT);
    let server = Server::start(move |_: &Asked| Answer::ok(&image));
    let by_digest = format!("a@{}", Digest::of(b"another"));
    assert_eq!(
        pull(&server, &by_digest).unwrap_err().code(),
        "registry.wrong-digest"
    );
    // Nor what the registry itself says is something else.
    let (image, _) = server::image(COMPONENT);
    let other = Digest::of(b"another").to_string();
    let server =
        Server::start(move |_: &Asked| Answer::ok(&image).with("Docker-Content-Digest", &other));
    assert_eq!(
        pull(&server, "a:1").unwrap_err().code(),
        "registry.wrong-digest"
    );
}

#[test]
fn nobody_is_led_around_or_asked_for_ever() {
    let number = AtomicU32::new(0);
    let server = Server::start(move |_: &Asked| {
        let next = number.fetch_add(1, Ordering::Relaxed);
        Answer::status(307).with("Location", &format!("/v2/a/manifests/{next}"))
    });
    assert_eq!(
        pull(&server, "a:1").unwrap_err().code(),
        "registry.redirections"
    );
    assert_eq!(server.asked(), 6);
    for nowhere in ["", "ftp://127.0.0.1/x", "https://user:hidden@127.0.0.1/x"] {
        let server = Server::start(move |_: &Asked| Answer::status(302).with("Location", nowhere));
        let error = pull(&server, "a:1").unwrap_err();
        assert_eq!(error.code(), "registry.malformed");
        assert!(!error.to_string().contains("hidden"));
    }
    let away = "http://registry.example.fi/x";
    let server = Server::start(move |_: &Asked| Answer::status(302).with("Location", away));
    assert_eq!(
        pull(&server, "a:1").unwrap_err().code(),
        "registry.plain-http"
    );
    // Whoever is asked again and again for who it is says it once.
    for challenge in ["Basic realm=\"x\"", "Bearer realm=\"http://{}/token\""] {
        let server = Server::start(
            move |asked: &Asked| match asked.path.starts_with("/token") {
                true => Answer::ok(b"{\"token\": \"t\"}"),
                false => {
                    let challenge = challenge.replace("{}", &asked.host);
                    Answer::status(401).with("WWW-Authenticate", &challenge)
                }
            },
        );
        let known = RegistrySettings {
            credentials: credentials(),
            ..settings()
        };
        let registry = registry(&server, known);
        let error = registry.pull(&reference(&server, "a:1")).unwrap_err();
        assert_eq!(error.code(), "registry.denied", "{error}");
        assert!(server.asked() <= 3);
    }
    for (challenge, code) in [
        ("Negotiate", "registry.denied"),
        ("Bearer realm=\"nowhere\"", "registry.malformed"),
        (
            "Bearer realm=\"http://tokens.example.fi/\"",
            "registry.plain-http",
        ),
    ] {
        let server =
            Server::start(move |_: &Asked| Answer::status(401).with("WWW-Authenticate", challenge));
        assert_eq!(pull(&server, "a:1").unwrap_err().code(), code);
        assert_eq!(server.asked(), 1);
    }
}

#[test]
fn a_token_service_that_gives_no_token_is_told_and_not_repeated() {
    for answer in [
        &b"hidden"[..],
        b"{\"token\": \"hid den\"}",
        b"{\"token\": \"\", \"access_token\": \"\"}",
        b"{\"secret\": \"hidden\"}",
    ] {
        let server = Server::start(
            move |asked: &Asked| match asked.path.starts_with("/token") {
                true => Answer::ok(answer),
                false => Answer::status(401).with(
                    "WWW-Authenticate",
                    &format!("Bearer realm=\"http://{}/token\"", asked.host),
                ),
            },
        );
        let error = pull(&server, "a:1").unwrap_err();
        assert_eq!(error.code(), "registry.malformed");
        assert!(!error.to_string().contains("hid"), "{error}");
    }
}

#[test]
fn the_time_is_that_of_all_requests_together() {
    let server = with_layer(Answer::silent);
    let mut settings = settings();
    settings.limits.time = Duration::from_secs(1);
    let error = registry(&server, settings).pull(&reference(&server, "a:1"));
    let error = error.unwrap_err();
    assert_eq!(error.code(), "registry.too-slow", "{error}");
    assert!(
        error.to_string().contains("1 s in all (`seconds`)"),
        "{error}"
    );
}

#[test]
fn whoever_refuses_is_named() {
    // A place that the registry leads to.
    for (status, code) in [
        (403, "registry.refused-elsewhere"),
        (401, "registry.refused-elsewhere"),
        (503, "registry.unavailable"),
        (400, "registry.answer"),
    ] {
        let storage = Server::start(move |_: &Asked| Answer::status(status));
        let to = format!("http://{}/blob?signed=hidden", storage.address);
        let server = with_layer(move || Answer::status(307).with("Location", &to));
        let known = RegistrySettings {
            credentials: credentials(),
            ..settings()
        };
        let error = registry(&server, known).pull(&reference(&server, "a:1"));
        let error = error.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        let told = error.to_string();
        assert!(told.contains(&storage.address), "{told}");
        assert!(!told.contains("hidden"), "{told}");
        assert_ne!(error.fault(), RegistryFault::Configuration);
    }
    // A token that allows too little says nothing of the password.
    for (known, expected) in [(credentials(), "these credentials"), (None, "anybody")] {
        let server = Server::start(
            move |asked: &Asked| match asked.path.starts_with("/token") {
                true => Answer::ok(b"{\"token\": \"t\"}"),
                false => Answer::status(401).with(
                    "WWW-Authenticate",
                    &format!(
                        "Bearer realm=\"http://{}/token\",error=\"insufficient_scope\"",
                        asked.host
                    ),
                ),
            },
        );
        let known = RegistrySettings {
            credentials: known,
            ..settings()
        };
        let error = registry(&server, known).pull(&reference(&server, "a:1"));
        let told = error.unwrap_err().to_string();
        assert!(told.contains("token") && told.contains(expected), "{told}");
        assert!(!told.contains("password"), "{told}");
    }
}

#[test]
fn the_time_counts_from_the_order_on() {
    let server = with_layer(|| Answer::ok(COMPONENT));
    let registry = registry(&server, settings());
    let long_ago = Instant::now().checked_sub(Duration::from_secs(60)).unwrap();
    let error = registry.pull_since(&reference(&server, "a:1"), long_ago);
    assert_eq!(error.unwrap_err().code(), "registry.too-slow");
    assert_eq!(server.asked(), 0);
}

#[test]
fn an_address_is_a_host_and_nothing_else() {
    for text in ["https://r.fi", "r.fi/a", "", "r.fi:x"] {
        let error = Registry::new(text, settings()).unwrap_err();
        assert_eq!(error.code(), "registry.settings", "{text}");
    }
}
