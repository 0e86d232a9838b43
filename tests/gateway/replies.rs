// SPDX-License-Identifier: Apache-2.0
use serde_json::json;

use super::scene::Scene;

#[test]
fn a_reply_is_sent_as_worded_but_for_what_belongs_to_the_connection() {
    let scene = Scene::new();
    let wanted = json!({
        "status": 299,
        "headers": [
            ["Content-Type", "text/xml; charset=utf-8"],
            ["Connection", "keep-alive, X-Hop"],
            ["X-Hop", "1"],
            ["Content-Length", "9999"],
            ["Transfer-Encoding", "chunked"],
            ["Server", "rogue"],
            ["X-Twice", "one"],
            ["X-Twice", "two"],
        ],
        "body": "<reply/>",
    });
    let mut answer = scene.post("/rogue/reply", wanted.to_string());
    assert_eq!((answer.status, &answer.body[..]), (299, &b"<reply/>"[..]));
    let date = answer.headers.iter().position(|(name, _)| name == "date");
    answer.headers.remove(date.expect("a date"));
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let expected = [
        ("content-type", "text/xml; charset=utf-8"),
        ("x-twice", "one"),
        ("x-twice", "two"),
        ("content-length", "8"),
    ];
    assert_eq!(answer.headers, expected.map(owned));
}

#[test]
fn a_reply_without_a_body_says_so() {
    let scene = Scene::new();
    let answer = scene.post("/rogue/reply", r#"{"status": 202}"#);
    assert_eq!(answer.header("content-length"), Some("0"));
    // These have none by definition.
    for status in [204, 304] {
        let wanted = json!({"status": status, "body": "words"});
        let answer = scene.post("/rogue/reply", wanted.to_string());
        assert_eq!((answer.status, answer.body.len()), (status, 0));
    }
}

#[test]
fn a_reply_that_http_does_not_have_is_not_sent_and_nothing_is_committed() {
    let scene = Scene::new();
    for headers in [
        json!([["A B", "1"]]),
        json!([["", "1"]]),
        json!([["ä", "1"]]),
        json!([["A", "1\n"]]),
    ] {
        let wanted = json!({"status": 200, "headers": headers, "events": "one"});
        let answer = scene.post("/rogue/reply", wanted.to_string());
        assert_eq!((answer.status, answer.body.len()), (503, 0), "{wanted}");
    }
    for status in [0, 100, 199, 600] {
        let wanted = json!({"status": status, "events": "one"});
        assert_eq!(scene.post("/rogue/reply", wanted.to_string()).status, 503);
    }
    assert!(scene.arrivals().is_empty());
    let wanted = json!({"status": 200, "headers": [["A", "1"]], "events": "one"});
    assert_eq!(scene.post("/rogue/reply", wanted.to_string()).status, 200);
    assert_eq!(scene.keys(), ["called/one"]);
}
