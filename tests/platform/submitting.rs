// SPDX-License-Identifier: Apache-2.0
use std::thread;

use serde_json::{Value, json};
use silta_gateway::platform::Permission;
use silta_store::{
    Content, Store,
    record::{OperationId, OperationListing, Origin},
};

use super::scene::{DELIVER, Request, Scene, Secret, assert_problem, form, parameters};
use crate::gateway::client::Answer;

/// A delivery as a form.
fn delivery<'a>(payload: &str, files: &[(&str, &str)]) -> Request<'a> {
    let (media_type, body) = form(&parameters(), payload, files);
    Request::new("POST", DELIVER).body(&media_type, body)
}

#[track_caller]
fn id(answer: &Answer) -> OperationId {
    assert_eq!(answer.status, 202, "{answer:?}");
    let body = answer.json();
    let id = body["id"].as_u64().unwrap();
    assert_eq!(
        answer.header("location"),
        Some(&*format!("/v1/operations/{id}"))
    );
    assert_eq!(body["href"], format!("/v1/operations/{id}"));
    OperationId(id)
}

fn queued(scene: &Scene) -> usize {
    let listing = OperationListing {
        limit: 1_000,
        ..OperationListing::default()
    };
    scene.store.operations(&listing).unwrap().operations.len()
}

#[test]
fn what_is_answered_is_queued_with_its_files() {
    let scene = Scene::new();
    let files = [("a 1.pdf", "one"), ("päätös.pdf", "")];
    let id = id(&scene.ask(&delivery("hello\r\n--not the end", &files)));
    let operation = scene.store.operation(id).unwrap().unwrap();
    let wish = operation.wish;
    assert_eq!(
        (operation.agency.as_str(), wish.operation.as_str()),
        ("courier", "deliver")
    );
    assert_eq!(wish.parameters, parameters().to_string());
    assert_eq!((wish.origin, wish.lane), (Origin::Submitted, None));
    let bytes = |body| scene.store.body(body).unwrap().unwrap();
    let payload = bytes(wish.payload.unwrap().body);
    assert_eq!(payload, Content::from(b"hello\r\n--not the end".as_slice()));
    let kept = wish.attachments.iter();
    let kept = kept.map(|file| (file.name.as_str(), bytes(file.body).to_vec()));
    let expected = files.map(|(name, content)| (name, content.as_bytes().to_vec()));
    assert_eq!(kept.collect::<Vec<_>>(), expected);
    assert!(
        wish.attachments
            .iter()
            .all(|file| file.media_type == "application/pdf")
    );
}

#[test]
fn json_is_kept_as_it_was_written_with_conversation_and_moment() {
    let scene = Scene::new();
    // Operations that take no payload: the list.
    let body =
        r#"{"parameters" : { } , "conversation": "c 1", "notBefore": "2999-01-01T00:00:00+02:00"}"#;
    let request = Request::new("POST", "/v1/agencies/courier/operations/list");
    let answer = scene.ask(&request.body("application/json; charset=utf-8", body));
    let operation = scene.store.operation(id(&answer)).unwrap().unwrap();
    assert_eq!(operation.wish.parameters, "{ }");
    assert_eq!(operation.wish.lane.as_deref(), Some("c 1"));
    let shown = scene.get(answer.header("location").unwrap()).json();
    let until = shown["until"].as_str().unwrap();
    let submitted = shown["submitted"].as_str().unwrap();
    for (moment, is) in [(until, "2998-12-31T22:00:00"), (submitted, "20")] {
        let moment: silta::time::Moment = moment.parse().expect("RFC 3339");
        assert!(moment.to_string().starts_with(is), "{moment}");
    }
    let earlier = json!({"parameters": {}, "notBefore": "2001-01-01T00:00:00Z"});
    let answer = scene.post("/v1/agencies/courier/operations/list", &earlier);
    let shown = scene.get(answer.header("location").unwrap()).json();
    assert_eq!(shown["state"], "queued");
}

#[test]
fn what_the_component_finds_wrong_is_told_and_nothing_is_queued() {
    let scene = Scene::new();
    let no_payload = scene.ask(&Request::submission(&json!({"parameters": parameters()})));
    assert_problem(&no_payload, 422, "payload.missing");
    assert_eq!(no_payload.json()["fault"], "caller");
    let wrong = json!({"parameters": {"recipient": 7, "subject": "s"}});
    let wrong = scene.ask(&Request::submission(&wrong));
    assert_eq!(wrong.status, 422);
    assert_eq!(
        wrong.json()["pointer"],
        "/parameters/recipient",
        "{}",
        wrong.json()
    );
    let (media_type, body) = form(&json!({"recipient": "r", "subject": "s", "x": 1}), "p", &[]);
    let unknown = scene.ask(&Request::new("POST", DELIVER).body(&media_type, body));
    assert_eq!(unknown.status, 422);
    let many: Vec<_> = (0..6).map(|number| (format!("{number}"), "x")).collect();
    let many: Vec<_> = many
        .iter()
        .map(|(name, content)| (name.as_str(), *content))
        .collect();
    assert_problem(&scene.ask(&delivery("p", &many)), 422, "input.too-large");
    #[rustfmt::skip]
    let rows = [
        ("/v1/agencies/courier/operations/nothing", 404, "operation.unknown"),
        ("/v1/agencies/nobody/operations/deliver", 404, "agency.unknown"),
        ("/v1/agencies/ghost/operations/deliver", 503, "agency.not-served"),
    ];
    for (path, status, code) in rows {
        let answer = scene.post(path, &json!({"parameters": {}}));
        assert_problem(&answer, status, code);
        assert_eq!(answer.header("retry-after").is_some(), status == 503);
    }
    assert_eq!(queued(&scene), 0);
}

#[test]
fn a_secret_that_is_replaced_is_drawn_later() {
    let scene = Scene::new();
    let path = "/v1/agencies/courier/operations/change-password";
    id(&scene.post(path, &json!({"parameters": {}})));
}

#[test]
fn one_key_is_one_operation_for_one_token() {
    let other = Secret::new();
    let scene = Scene::knowing(vec![other.token(
        "other",
        &["courier"],
        &[Permission::Submit],
    )]);
    let first = scene.ask(&delivery("one", &[]).field("Idempotency-Key", "\"k 1\""));
    let again = scene.ask(&delivery("one", &[]).field("idempotency-key", "k 1"));
    assert_eq!(id(&first), id(&again));
    assert_eq!(first.body, again.body);
    let differs = scene.ask(&delivery("two", &[]).field("Idempotency-Key", "\"k 1\""));
    assert_problem(&differs, 422, "idempotency-key.other-request");
    let of_other = delivery("two", &[])
        .field("Idempotency-Key", "k 1")
        .by(other.text());
    assert_ne!(id(&scene.ask(&of_other)), id(&first));
    // A key is judged before the component is asked: what was right once stays answered.
    let wrong =
        scene.ask(&Request::submission(&json!({"parameters": {}})).field("Idempotency-Key", "k 1"));
    assert_problem(&wrong, 422, "idempotency-key.other-request");
    for key in ["", "\"", "x\u{7f}"] {
        let answer = scene.ask(&delivery("one", &[]).field("Idempotency-Key", key));
        assert_eq!(answer.status, 400, "{key:?}");
    }
    assert_eq!(queued(&scene), 2);
}

#[test]
fn one_key_at_the_same_time_is_one_operation() {
    let scene = Scene::new();
    let ids: Vec<OperationId> = thread::scope(|threads| {
        let asked: Vec<_> = (0..12)
            .map(|_| {
                threads.spawn(|| {
                    id(&scene.ask(&delivery("one", &[("a", "b")]).field("Idempotency-Key", "k")))
                })
            })
            .collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(queued(&scene), 1);
}

/// What `MultipartFormDataContent` of .NET makes of two texts and two files, one of them with a name beyond ASCII.
#[test]
fn forms_of_other_platforms_are_read_as_they_write_them() {
    let scene = Scene::new();
    let text = "Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name=";
    let file = "Content-Type: application/pdf\r\nContent-Disposition: form-data; name=attachment; filename=";
    let encoded = "cMOkw6R0w7ZzLnBkZg==";
    let body = [
        format!("{text}parameters\r\n\r\n\u{feff}{}", parameters()),
        format!("{text}conversation\r\n\r\n\u{feff}c"),
        format!("{text}payload; filename=p.xml; filename*=utf-8''p.xml\r\n\r\n\u{feff}hello"),
        format!("{file}x.pdf; filename*=utf-8''x.pdf\r\n\r\none"),
        format!(
            "{file}\"=?utf-8?B?{encoded}?=\"; filename*=utf-8''p%C3%A4%C3%A4t%C3%B6s.pdf\r\n\r\ntwo"
        ),
    ];
    let body = body.map(|part| format!("--b-1\r\n{part}\r\n")).concat() + "--b-1--\r\n";
    let form = "multipart/form-data; boundary=\"b-1\"";
    let id = id(&scene.ask(&Request::new("POST", DELIVER).body(form, body)));
    let wish = scene.store.operation(id).unwrap().unwrap().wish;
    assert_eq!(wish.parameters, parameters().to_string());
    assert_eq!(wish.lane.as_deref(), Some("c"));
    let names = wish.attachments.iter().map(|file| file.name.as_str());
    assert_eq!(names.collect::<Vec<_>>(), ["x.pdf", "päätös.pdf"]);
    // A file stays as it is.
    let payload = scene.store.body(wish.payload.unwrap().body).unwrap();
    assert_eq!(payload.unwrap().to_vec(), "\u{feff}hello".as_bytes());
}

#[test]
fn a_byte_order_mark_before_json_and_a_coding_that_is_none_are_passed_over() {
    let scene = Scene::new();
    let marked = |body: &Value| format!("\u{feff}{body}");
    let request = Request::new("POST", "/v1/agencies/courier/operations/list");
    let answer = scene.ask(
        &request
            .field("Content-Encoding", "Identity")
            .body("application/json", marked(&json!({"parameters": {}}))),
    );
    let operation = scene.store.operation(id(&answer)).unwrap().unwrap();
    assert_eq!(operation.wish.parameters, "{}");
    let position = scene.arrive("courier", "k");
    let taken = scene.get("/v1/inbox").json();
    let epoch = &taken["entries"][0]["lease"]["epoch"];
    let path = format!("/v1/inbox/{position}/ack");
    let acknowledged = Request::new("POST", &path);
    let body = marked(&json!({ "epoch": epoch }));
    let acknowledged = scene.ask(&acknowledged.body("application/json", body));
    assert_eq!(acknowledged.status, 204, "{acknowledged:?}");
}

#[test]
fn hostile_bodies_are_refused_each_by_its_name() {
    let scene = Scene::new();
    let part = |head: &str| format!("--b\r\n{head}\r\n\r\n{{}}\r\n--b--\r\n");
    let long = format!(
        "Content-Disposition: form-data; name=\"{}\"",
        "x".repeat(9_000)
    );
    let parts: String = (0..40)
        .map(|_| "--b\r\nContent-Disposition: form-data; name=\"attachment\"; filename=\"x\"\r\n\r\n\r\n")
        .collect();
    let twice = part("Content-Disposition: form-data; name=\"parameters\"");
    let twice = twice.replace(
        "--b--",
        "--b\r\nContent-Disposition: form-data; name=\"parameters\"\r\n\r\n{}\r\n--b--",
    );
    let form = "multipart/form-data; boundary=b";
    let json = "application/json";
    #[rustfmt::skip]
    let rows = [
        (form, "--b\r\n".to_owned(), 400, "request.form"),
        (form, String::new(), 400, "request.form"),
        ("multipart/form-data", "--b--".into(), 400, "request.form"),
        (form, part("Content-Disposition: form-data; name=\"nothing\""), 400, "form.unknown-part"),
        (form, part("Content-Disposition: form-data; name=\"payload\""), 400, "form.no-parameters"),
        (form, part("Content-Disposition: form-data; name=\"attachment\""), 400, "form.file-name"),
        (form, part("Content-Disposition: form-data; name=\"attachment\"; filename=\"../x\""), 400, "form.file-name"),
        (form, part("Content-Disposition: form-data; name=\"attachment\"; filename=\"x\"\r\nContent-Type: nothing"), 400, "form.media-type"),
        (form, part("Content-Disposition: form-data; name=\"attachment\"; filename*=UTF-8''%"), 400, "request.form"),
        (form, part("Content-Disposition: form-data; name=\"attachment\"; filename=x; filename*=UTF-8''..%2Fx"), 400, "form.file-name"),
        (form, part("Content-Transfer-Encoding: base64"), 400, "request.form"),
        (form, twice, 400, "form.part-twice"),
        (form, part(&long), 413, "request.too-large"),
        (form, parts, 413, "request.too-large"),
        (form, part("Content-Disposition: form-data; name=\"parameters\"").replace("{}", "[]"), 400, "request.form"),
        (form, part("Content-Disposition: form-data; name=\"parameters\"").replace("{}", "{"), 400, "request.not-json"),
        (json, "{".into(), 400, "request.not-json"),
        (json, "{}".into(), 400, "request.form"),
        (json, r#"{"parameters": []}"#.into(), 400, "request.form"),
        (json, r#"{"parameters": {}, "x": 1}"#.into(), 400, "request.form"),
        (json, r#"{"parameters": {}, "notBefore": "tomorrow"}"#.into(), 400, "request.form"),
        (json, r#"{"parameters": {}, "conversation": ""}"#.into(), 400, "request.form"),
        (json, format!(r#"{{"parameters": {{"x": "{}"}}}}"#, "x".repeat(2 << 20)), 413, "request.too-large"),
        ("text/plain", "{}".into(), 415, "request.media-type"),
    ];
    for (media_type, body, status, code) in rows {
        let answer = scene.ask(&Request::new("POST", DELIVER).body(media_type, body));
        assert_problem(&answer, status, code);
    }
    let coded = Request::submission(&json!({})).field("Content-Encoding", "gzip");
    assert_problem(&scene.ask(&coded), 415, "request.coded");
    assert_eq!(queued(&scene), 0);
}

#[test]
fn no_answer_repeats_what_was_sent() {
    let scene = Scene::new();
    let code = "010190-900P";
    let bodies = [
        json!({"parameters": {"recipient": code, "subject": code, code: code}}),
        json!({"parameters": {"recipient": [code], "subject": "s"}}),
        json!({"parameters": {}, "notBefore": code}),
        json!({"parameters": code}),
        json!({code: code}),
    ];
    for body in bodies {
        let answer = scene.ask(&Request::submission(&body));
        assert!(answer.status >= 400);
        let told = String::from_utf8(answer.body).unwrap();
        assert!(!told.contains("900P"), "{told}");
    }
    let answer = scene.get(&format!("/v1/operations?state={code}&limit=1"));
    assert_problem(&answer, 400, "query.state");
    assert!(!answer.json().to_string().contains("900P"));
}

#[test]
fn an_answer_comes_after_the_commit() {
    // Nobody else has the folder: what is answered is in what another process would read.
    let scene = Scene::new();
    let id = id(&scene.ask(&delivery("one", &[])));
    let visitor = silta_store::SqliteVisitor::open(&scene.store.folder()).unwrap();
    let found = visitor.operation(id).unwrap().unwrap();
    assert_eq!(found.wish.operation, "deliver");
    assert!(visitor.check().unwrap().is_empty());
    let shown: Value = scene.get(&format!("/v1/operations/{id}")).json();
    assert_eq!(
        (&shown["state"], &shown["agency"]),
        (&json!("queued"), &json!("courier"))
    );
}

#[test]
fn a_submission_stays_in_its_trace_or_begins_one() {
    const GIVEN: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let scene = Scene::new();
    let trace = |field: Option<&str>| {
        let submission = delivery("hello", &[]);
        let submission = match field {
            Some(field) => submission.field("traceparent", field),
            None => submission,
        };
        let answer = scene.ask(&submission);
        assert_eq!(answer.status, 202, "{answer:?}");
        let href = answer.json()["href"].as_str().unwrap().to_owned();
        let trace = scene.get(&href).json()["trace"].clone();
        trace.as_str().unwrap().to_owned()
    };
    assert_eq!(trace(Some(GIVEN)), GIVEN);
    let begun = [trace(None), trace(Some("nonsense")), trace(None)];
    for one in &begun {
        assert!(one.len() == GIVEN.len() && one.starts_with("00-"), "{one}");
    }
    assert!(begun[0] != begun[1] && begun[1] != begun[2]);
}
