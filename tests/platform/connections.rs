// SPDX-License-Identifier: Apache-2.0
//! What clients do with their connections.

use std::time::{Duration, Instant};

use serde_json::json;

use super::scene::{DELIVER, Request, Scene, assert_problem};

const LIST: &str = "/v1/agencies/courier/operations/list";

/// By TLS first, and by TCP alone.
#[test]
fn who_closes_its_half_after_a_request_gets_the_answer() {
    let scene = Scene::new();
    for with_tls in [true, false] {
        let submission = json!({"parameters": {}});
        for (request, status) in [
            (Request::new("POST", LIST).json(&submission), 202),
            (Request::new("GET", "/v1/operations"), 200),
            (Request::new("GET", "/v1/inbox?limit=1"), 200),
        ] {
            let mut connection = scene.connect(&request);
            connection.says_no_more(with_tls);
            assert_eq!(connection.answer().status, status, "{with_tls}");
            connection.ends();
        }
    }
}

/// It cannot be told from one that is gone, for which nothing is taken out.
#[test]
fn who_closes_its_half_is_not_waited_for() {
    let scene = Scene::new();
    for with_tls in [true, false] {
        let mut connection = scene.connect(&Request::new("GET", "/v1/inbox?wait=60"));
        // It has looked, and waits.
        assert!(connection.is_silent_for(Duration::from_millis(200)));
        connection.says_no_more(with_tls);
        connection.ends();
    }
    scene.arrive("courier", "k");
    let taken = scene.get("/v1/inbox").json();
    assert_eq!(taken["entries"].as_array().unwrap().len(), 1);
}

/// Its operation would wait for the time that bodies have.
#[test]
fn a_body_that_is_cut_short_is_not_waited_for() {
    let scene = Scene::new();
    for with_tls in [true, false] {
        let began = Instant::now();
        let request = Request::new("POST", LIST)
            .field("Content-Type", "application/json")
            .field("Content-Length", "100");
        let mut connection = scene.connect(&request);
        connection.says_no_more(with_tls);
        // Whether there is still an answer is not said.
        let _ = connection.try_answer();
        assert!(began.elapsed() < Duration::from_secs(10));
    }
}

/// A client that sends before it reads finds the reason, and no broken pipe.
#[test]
fn who_is_refused_with_a_large_body_under_way_gets_to_read_why() {
    let scene = Scene::new();
    let large = vec![b'x'; 24 << 20];
    let form = "multipart/form-data; boundary=b";
    let answers = [
        (
            Request::new("POST", DELIVER).by("silta_unknown"),
            401,
            "token.unknown",
        ),
        (Request::new("POST", "/v1/nothing"), 404, "route.unknown"),
        (
            Request::new("POST", "/v1/agencies/none/operations/list"),
            404,
            "agency.unknown",
        ),
        (
            Request::new("POST", "/v1/inbox/1/ack"),
            415,
            "request.media-type",
        ),
    ];
    for (request, status, code) in answers {
        let answer = scene.ask(&request.body(form, large.clone()));
        assert_problem(&answer, status, code);
    }
}
