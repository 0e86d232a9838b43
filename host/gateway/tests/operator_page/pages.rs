// SPDX-License-Identifier: Apache-2.0
//! Each page, in both languages, with much and with nothing.

use std::{collections::BTreeSet, time::Duration};

use silta_store::{
    Store,
    record::{Actor, Arrival, Decision, End, Ending, Event, FollowUp, Note, Outcome, Submission},
};

use super::scene::{Scene, held};

fn event(key: &str) -> Event {
    Event {
        kind: "message".into(),
        data: "{}".into(),
        deduplication_key: key.into(),
        about: None,
    }
}

#[test]
fn pages_are_complete_when_there_is_nothing() {
    let scene = Scene::new();
    for (language, words) in [
        (
            "en",
            [
                "Nothing is queued.",
                "Nothing waits in the inbox.",
                "There is no such operation.",
                "There is no such entry.",
                "Nothing that runs out is configured.",
            ],
        ),
        (
            "fi",
            [
                "Jonossa ei ole mitään.",
                "Saapuneissa ei odota mitään.",
                "Tällaisia operaatioita ei ole.",
                "Tällaisia saapuneita ei ole.",
                "Mitään päättyvää ei ole määritetty.",
            ],
        ),
    ] {
        let paths = ["/", "/", "/operations", "/inbox", "/certificates"];
        for (path, words) in paths.into_iter().zip(words) {
            let page = scene.page(path, language);
            page.has(words);
            page.has(&format!("<html lang=\"{language}\">"));
        }
        scene.page("/about", language);
    }
    scene.page("/acts", "en").has("No such decision is kept.");
    scene
        .page("/acts", "fi")
        .has("Tällaista päätöstä ei ole tallessa.");
    // What serves nobody is told.
    let overview = scene.page("/", "en");
    overview.has("No component serves the agency");
    overview.has(">ghost<");
}

#[test]
fn what_there_is_is_shown_with_what_to_do() {
    let scene = Scene::new();
    let denied = scene.held("denied", "the agency's words");
    let repeats = scene.held("may-repeat", "it may take effect twice");
    let done = scene.submit("courier", "deliver");
    let ending = Ending {
        code: "accepted".into(),
        reference: "ref-9".into(),
        events: vec![event("a")],
        ..Ending::default()
    };
    scene.settle(done, &Outcome::Ended(Box::new(ending)));
    let waiting = scene.arrive(event("b"));
    scene.runs_out(5);
    scene.submit("courier", "list");
    let overview = scene.page("/", "en");
    for words in [
        "The agency refused us",
        "Look at our certificate, authorisation and agreement",
        "code-17",
        "it may take effect twice",
        "Renew soon",
        "agencies.courier.keys.sender.certificates",
        "Entries that nobody has acknowledged",
        "&lt; 1 min ago",
        &format!("/operations/{denied}"),
        &format!("/operations/{repeats}"),
    ] {
        overview.has(words);
    }
    // Whatever an agency writes may be about people.
    overview.has_not("the agency's words");
    overview.has_not("the agency&#39;s words");
    let overview = scene.page("/", "fi");
    overview.has("Viranomainen torjui meidät");
    overview.has("Uusi pian");
    let operation = scene.page(&format!("/operations/{done}"), "en");
    for words in ["Done", "ref-9", "accepted", "What it brought"] {
        operation.has(words);
    }
    operation.has_not("Decide");
    let entry = scene.page(&format!("/inbox/{waiting}"), "fi");
    entry.has("Odottaa");
    entry.has("<code>message</code>");
    let operation = scene.page(&format!("/operations/{denied}"), "en");
    operation.has("Held: somebody has to decide");
    operation.has("silta operations show");
    operation.has("operator.actions");
    let certificates = scene.page("/certificates", "en");
    certificates.has("CN=Virasto");
    certificates.has(">5</td>");
    let about = scene.page("/about", "en");
    about.has("/health/ready");
    about.has(env!("CARGO_PKG_VERSION"));
}

#[test]
fn lists_are_filtered_and_paged() {
    let scene = Scene::new();
    let ids: Vec<_> = (0..120)
        .map(|number| {
            let name = if number % 2 == 0 { "even" } else { "odd" };
            scene.submit("courier", name)
        })
        .collect();
    let shown = |path: &str| {
        let page = scene.page(path, "en");
        let rows = page.body.matches("data-label=\"Runs\"").count();
        let older = page.links().into_iter().find(|link| {
            link.contains("before=")
                && page
                    .body
                    .contains(&format!("{}\" rel", link.replace('&', "&#38;")))
        });
        (rows, older, page)
    };
    let (mut path, mut seen, mut rows) = ("/operations".to_owned(), BTreeSet::new(), Vec::new());
    loop {
        let (count, older, page) = shown(&path);
        rows.push(count);
        for id in &ids {
            if page.body.contains(&format!("href=\"/operations/{id}\"")) {
                assert!(seen.insert(id.0), "{id} twice");
            }
        }
        let Some(older) = older else { break };
        path = older;
    }
    assert_eq!((rows, seen.len()), (vec![50, 50, 20], 120));
    let (rows, older, page) = shown("/operations?name=even&agency=courier&state=queued");
    assert_eq!(rows, 50);
    assert!(older.unwrap().contains("name=even"));
    page.has("value=\"even\"");
    page.has("<option value=\"queued\" selected=\"selected\">");
    for empty in [
        "/operations?agency=nobody",
        "/operations?state=held",
        "/operations?before=1",
    ] {
        assert_eq!(shown(empty).0, 0, "{empty}");
    }
    // What is no filter is none.
    assert_eq!(shown("/operations?state=x&before=x&lang=x&y=z").0, 50);
    for number in 0..60 {
        scene.arrive(event(&format!("k{number}")));
    }
    let first = scene.page("/inbox?state=waiting", "en");
    assert_eq!(first.body.matches("data-label=\"Kept since\"").count(), 50);
    first.has("state=waiting");
    let older = first
        .links()
        .into_iter()
        .find(|link| link.contains("before="));
    let last = scene.page(&older.unwrap(), "en");
    assert_eq!(last.body.matches("data-label=\"Kept since\"").count(), 10);
}

/// Every link of every page leads somewhere.
#[test]
fn no_link_is_dead() {
    let scene = Scene::deciding();
    let held_one = scene.held("denied", "x");
    let entry = scene.submit("courier", "deliver");
    let ending = Ending {
        end: End::Refused,
        events: vec![event("a")],
        follow_ups: vec![FollowUp {
            operation: "list".into(),
            parameters: "{}".into(),
            deduplication_key: "f".into(),
            lane: None,
        }],
        ..Ending::default()
    };
    scene.settle(entry, &Outcome::Ended(Box::new(ending)));
    for number in 0..60 {
        scene.arrive(event(&format!("k{number}")));
        scene.submit_as(&Submission {
            agency: "courier".into(),
            operation: "deliver".into(),
            parameters: "{}".into(),
            lane: Some("conversation".into()),
            ..Submission::default()
        });
    }
    let (mut to_see, mut seen) = (vec!["/".to_owned()], BTreeSet::new());
    while let Some(path) = to_see.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let answer = scene.get(&path);
        assert_eq!(answer.status, 200, "{path}");
        if answer.field("content-type") == Some("text/html; charset=utf-8") {
            answer.is_sound(&path);
            to_see.extend(answer.links());
        }
    }
    for path in [
        "/page.css".to_owned(),
        format!("/operations/{held_one}/cancel"),
        format!("/operations/{entry}/replay"),
        "/acts".to_owned(),
        "/operations?agency=courier".to_owned(),
        "/metrics".to_owned(),
    ] {
        assert!(seen.contains(&path), "{path} is not in {seen:?}");
    }
    assert!(seen.len() > 200, "{}", seen.len());
}

#[test]
fn answers_let_nothing_in() {
    let scene = Scene::new();
    for (path, status) in [
        ("/", 200),
        ("/operations", 200),
        ("/page.css", 200),
        ("/page.js", 200),
        ("/nothing", 404),
        ("/operations/999", 404),
        ("/inbox/999", 404),
        ("/live?of=/nothing", 404),
    ] {
        let answer = scene.get(path);
        assert_eq!(answer.status, status, "{path}");
        let policy = answer.field("content-security-policy").unwrap();
        for directive in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(directive), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.field("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.field("referrer-policy"), Some("same-origin"));
        assert_eq!(answer.field("cache-control"), Some("no-store"));
    }
    let head = scene.ask("HEAD /", &[], "");
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    let wrong = scene.ask("DELETE /", &[], "");
    assert_eq!(
        (wrong.status, wrong.field("allow")),
        (405, Some("GET, HEAD, POST"))
    );
    // Programs ask by whatever name.
    let health = scene.ask("GET /health/live", &[("Host", "operator")], "");
    assert_eq!(health.status, 200);
}

#[test]
fn a_language_is_kept_once_it_is_chosen() {
    let scene = Scene::new();
    let chosen = scene.get("/operations?state=held&lang=fi");
    chosen.has("<html lang=\"fi\">");
    chosen.has("href=\"/operations?state=held&#38;lang=en\"");
    let cookie = chosen.field("set-cookie").unwrap();
    assert!(
        cookie.starts_with("silta-language=fi; Path=/; "),
        "{cookie}"
    );
    let kept = [
        ("Accept-Language", "en"),
        ("Cookie", "a=b; silta-language=fi"),
    ];
    let next = scene.ask("GET /", &kept, "");
    next.has("<html lang=\"fi\">");
    assert_eq!(next.field("set-cookie"), None);
}

#[test]
fn a_name_that_is_not_ours_gets_no_page() {
    let scene = Scene::with(|page| page.hosts = vec!["ops.virasto.example".into()]);
    for (host, status) in [
        ("localhost:1", 200),
        ("127.0.0.1", 200),
        ("ops.virasto.example", 200),
        ("attacker.example", 421),
        ("192.0.2.1", 421),
        ("", 421),
    ] {
        for path in ["/", "/operations", "/page.js", "/live?of=/about"] {
            let answer = scene.ask(&format!("GET {path}"), &[("Host", host)], "");
            let expected = match (status, path) {
                (200, "/live?of=/about") => 404,
                _ => status,
            };
            assert_eq!(answer.status, expected, "{host} {path}");
            if status == 421 {
                answer.has("operator.hosts");
                answer.has_not("courier");
            }
        }
    }
}

#[test]
fn an_operation_that_was_let_go_on_says_so() {
    let scene = Scene::new();
    let id = scene.held("exhausted", "sent as often as is declared");
    scene
        .store
        .decide(id, None, Decision::Resume, &Actor::default())
        .unwrap();
    scene
        .page(&format!("/operations/{id}"), "en")
        .has("Somebody let it go on");
    scene.settle(id, &held("exhausted", "sent as often as is declared"));
    scene
        .page(&format!("/operations/{id}"), "en")
        .has_not("Somebody let it go on");
}

/// Each run and each decision, one after the other, without words of the agency.
#[test]
fn the_timeline_has_what_has_been() {
    let scene = Scene::new();
    let id = scene.submit("courier", "deliver");
    let again = |class: &str, text: &str| Outcome::Again {
        delay: Duration::ZERO,
        progress: None,
        note: Some(Note {
            class: class.into(),
            code: format!("code of {class}"),
            text: text.into(),
            counts: true,
        }),
    };
    scene.settle(id, &again("not-sent", "no route for 010190-900P"));
    scene.settle(id, &again("denied", "an officer wrote this"));
    scene.settle(id, &held("exhausted", "sent as often as is declared"));
    let by = Actor::token("erp");
    scene.store.decide(id, None, Decision::Resume, &by).unwrap();
    let ending = Ending {
        end: End::Refused,
        ..Ending::default()
    };
    scene.settle(id, &Outcome::Ended(Box::new(ending)));
    let page = scene.page(&format!("/operations/{id}"), "en");
    let told = [
        "Submitted",
        "Nothing left this machine",
        "no route for ******-****",
        "The agency refused us",
        "code of denied",
        "Sent as often as the agency allows",
        "Let it go on",
        "Token, erp",
        "Ended",
    ];
    let mut from = 0;
    for words in told {
        let rest = &page.body[from..];
        let at = rest.find(words);
        from += at.unwrap_or_else(|| panic!("{words} is not where it has to be: {rest}"));
    }
    page.has_not("an officer");
    page.has_not("Earlier runs");
    scene
        .page(&format!("/operations/{id}"), "fi")
        .has("Viranomainen torjui meidät");
    let often = scene.submit("courier", "deliver");
    for _ in 0..53 {
        scene.settle(often, &again("not-sent", "x"));
    }
    let page = scene.page(&format!("/operations/{often}"), "en");
    page.has("Earlier runs that are not kept any more: 3");
    assert_eq!(page.body.matches("Nothing left this machine").count(), 50);
}

/// As many as one call of an agency may bring, and more.
#[test]
fn ten_thousand_are_no_trouble() {
    let scene = Scene::new();
    let number = 10_000;
    let arrival = Arrival {
        agency: "courier".into(),
        operation: "notify".into(),
        events: (0..number).map(|it| event(&format!("e{it}"))).collect(),
        follow_ups: (0..number)
            .map(|it| FollowUp {
                operation: "list".into(),
                parameters: "{}".into(),
                deduplication_key: format!("f{it}"),
                lane: None,
            })
            .collect(),
        ..Arrival::default()
    };
    Store::commit(&*scene.store, &arrival).unwrap();
    let overview = scene.page("/", "en");
    overview.has("class=\"number\">10000</td>");
    let operations = scene.page("/operations", "fi");
    assert_eq!(operations.body.matches("<tr role=\"row\">").count(), 51);
    let entry = scene.page("/inbox", "en").links().into_iter();
    let entry = entry.filter(|link| link.starts_with("/inbox/"));
    let entry = entry.min().unwrap();
    let entry = scene.page(&entry, "en");
    entry.has("<code>message</code> × 10000");
    assert_eq!(entry.body.matches("<li>+ 9900</li>").count(), 1);
    for page in [&overview, &operations, &entry] {
        assert!(page.body.len() < 64 << 10, "{}", page.body.len());
    }
}
