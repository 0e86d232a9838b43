// SPDX-License-Identifier: Apache-2.0
use silta_store::record::Document;

use super::scene::{Request, Scene, assert_problem};

const BYTES: &[u8] = b"0123456789";

fn scene() -> (Scene, String) {
    let scene = Scene::new();
    let documents = vec![
        Document {
            name: "a\"b\r\nc/päätös.pdf".into(),
            media_type: "application/pdf".into(),
            content: BYTES.into(),
        },
        Document {
            name: "large".into(),
            media_type: "no\r\nmedia type".into(),
            // Larger than a row: a file of its own.
            content: vec![7; 3 << 20].into(),
        },
        Document::default(),
    ];
    let position = scene.bring("courier", "a", documents);
    (scene, format!("/v1/inbox/{position}/documents"))
}

#[test]
fn a_document_comes_as_it_was_with_a_name_that_harms_nobody() {
    let (scene, path) = scene();
    let whole = scene.get(&format!("{path}/1"));
    assert_eq!((whole.status, whole.body.as_slice()), (200, BYTES));
    assert_eq!(whole.header("content-type"), Some("application/pdf"));
    assert_eq!(whole.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    assert_eq!(
        whole.header("content-disposition"),
        Some(
            "attachment; filename=\"a_b__c_p__t_s.pdf\"; filename*=UTF-8''a%22b%0D%0Ac%2Fp%C3%A4%C3%A4t%C3%B6s.pdf"
        )
    );
    let sha256 = silta_store::Content::from(BYTES).digest();
    assert_eq!(whole.header("etag"), Some(&*format!("\"{sha256}\"")));
    let large = scene.get(&format!("{path}/2"));
    assert_eq!((large.status, large.body.len()), (200, 3 << 20));
    assert_eq!(
        large.header("content-type"),
        Some("application/octet-stream")
    );
    let empty = scene.get(&format!("{path}/3"));
    assert_eq!((empty.status, empty.body.len()), (200, 0));
    let path = format!("{path}/1");
    let head = scene.ask(&Request::new("HEAD", &path));
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, Some("10"))
    );
    for number in ["0", "4", "x", "18446744073709551615"] {
        let other = path.replace("documents/1", &format!("documents/{number}"));
        assert_problem(&scene.get(&other), 404, "document.unknown");
    }
}

#[test]
fn a_client_that_has_it_is_told_so() {
    let (scene, path) = scene();
    let path = format!("{path}/1");
    let tag = scene.get(&path).header("etag").unwrap().to_owned();
    let again =
        scene.ask(&Request::new("GET", &path).field("If-None-Match", format!("\"x\", {tag}")));
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(again.header("etag"), Some(tag.as_str()));
    assert_eq!(again.header("content-length"), None);
    let other = scene.ask(&Request::new("GET", &path).field("If-None-Match", "\"x\""));
    assert_eq!(other.status, 200);
}

#[test]
fn one_range_may_be_asked_for() {
    let (scene, path) = scene();
    let path = format!("{path}/1");
    let tag = scene.get(&path).header("etag").unwrap().to_owned();
    for (range, bytes, shown) in [
        ("bytes=0-0", &BYTES[..1], "bytes 0-0/10"),
        ("bytes=3-", &BYTES[3..], "bytes 3-9/10"),
        ("bytes=-2", &BYTES[8..], "bytes 8-9/10"),
        ("bytes=2-99", &BYTES[2..], "bytes 2-9/10"),
    ] {
        let part = scene.ask(&Request::new("GET", &path).field("Range", range));
        assert_eq!((part.status, part.body.as_slice()), (206, bytes), "{range}");
        assert_eq!(part.header("content-range"), Some(shown));
        assert_eq!(part.header("etag"), Some(tag.as_str()));
    }
    let behind = scene.ask(&Request::new("GET", &path).field("Range", "bytes=10-"));
    assert_problem(&behind, 416, "range.not-satisfiable");
    assert_eq!(behind.header("content-range"), Some("bytes */10"));
    for range in ["bytes=0-1,3-4", "lines=1-2", "bytes=x"] {
        let whole = scene.ask(&Request::new("GET", &path).field("Range", range));
        assert_eq!((whole.status, whole.body.len()), (200, 10), "{range}");
    }
    for (if_range, status) in [(tag.as_str(), 206), ("\"other\"", 200)] {
        let request = Request::new("GET", &path).field("Range", "bytes=0-1");
        let answer = scene.ask(&request.field("If-Range", if_range));
        assert_eq!(answer.status, status, "{if_range}");
    }
}
