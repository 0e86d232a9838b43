// SPDX-License-Identifier: Apache-2.0
//! Uploads: what is taken, how long it is kept, and what uses it up.

use std::time::Duration;

use serde_json::json;

use super::client::{electronic, multichannel, paper};
use super::{start, suomifi};

const LIMIT: usize = 10_485_760;

#[test]
fn a_file_is_kept_with_its_name_and_type() {
    let client = suomifi();
    let id = client.pdf();
    assert_eq!(id.len(), 36);
    assert!(client.last().passed("media-type"));
    let mut message = electronic("a-1");
    message["electronic"]["attachments"] = json!([{"attachmentId": id.to_uppercase()}]);
    client
        .post("/v2/messages/electronic", &message)
        .message_id();
    let attachment = &client.sent()[0].attachments[0];
    assert_eq!(attachment.filename, "Päätös.pdf");
    assert_eq!(attachment.media_type, "application/pdf");
    assert_eq!(&attachment.bytes[..], b"%PDF-1.7");
}

#[test]
fn types_that_are_not_on_the_list_are_unsupported() {
    let client = suomifi();
    for media_type in [
        "image/gif",
        "text/csv",
        "application/zip",
        "application/octet-stream",
        "pdf",
    ] {
        let reply = client.upload("a", media_type, "x");
        assert!(reply.refused(415).contains("media type"), "{media_type}");
        assert!(client.last().passed("multipart") && !client.last().passed("media-type"));
    }
    for media_type in [
        "text/plain; charset=utf-8",
        "IMAGE/PNG",
        "application/vnd.ms-excel",
    ] {
        assert_eq!(
            client.upload("a", media_type, "x").status,
            201,
            "{media_type}"
        );
    }
    let reply = client.post("/v2/attachments", &json!({}));
    assert!(reply.refused(415).contains("multipart"));
    assert!(!client.last().passed("content-type"));
    let client = start(|setup| setup.media_types = vec!["image/gif".to_owned()]);
    assert_eq!(client.upload("a", "image/gif", "x").status, 201);
    assert_eq!(client.upload("a", "image/png", "x").status, 415);
}

#[test]
fn a_part_that_is_not_as_it_has_to_be_is_refused() {
    let client = suomifi();
    #[rustfmt::skip]
    let rows = [
        ("Content-Disposition: form-data; name=\"data\"; filename=\"a\"\r\nContent-Type: text/plain", "named file"),
        ("Content-Disposition: form-data; name=\"file\"\r\nContent-Type: text/plain", "filename"),
        ("Content-Disposition: form-data; name=\"file\"; filename=\"a\"", "Content-Type"),
        ("Content-Type: text/plain", "Content-Disposition"),
    ];
    for (part, says) in rows {
        let reason = client.upload_part(part, "x").refused(400);
        assert!(reason.contains(says), "{part}: {reason}");
        let last = client.last();
        assert!(last.passed("content-type") && !last.passed("multipart"));
    }
}

#[test]
fn the_limit_counts_the_whole_body() {
    let client = suomifi();
    let overhead = {
        let reply = client.upload("a", "text/plain", "");
        assert_eq!(reply.status, 201);
        let part = "Content-Disposition: form-data; name=\"file\"; filename=\"a\"\r\nContent-Type: text/plain";
        format!("--limit\r\n{part}\r\n\r\n\r\n--limit--\r\n").len()
    };
    let largest = "x".repeat(LIMIT - overhead);
    assert_eq!(client.upload("a", "text/plain", &largest).status, 201);
    let reply = client.upload("a", "text/plain", &format!("{largest}x"));
    assert_eq!(reply.status, 413);
    assert!(
        reply.head.contains("content-type: text/plain"),
        "{}",
        reply.head
    );
    assert!(reply.body.contains("10485760"));
    assert!(!client.last().passed("body-size"));
    // JSON is under the same limit.
    let reply = client.post_text(
        "/v2/messages/electronic",
        &format!("{{}}{}", " ".repeat(LIMIT)),
    );
    assert_eq!(reply.status, 413);
}

#[test]
fn what_is_not_used_in_a_day_is_removed() {
    let client = suomifi();
    let (used, unused) = (client.pdf(), client.pdf());
    client
        .post("/v2/messages", &multichannel("a-1", &used))
        .message_id();
    client.advance_clock(Duration::from_secs(24 * 3_600));
    let mut client = client;
    client.renew();
    let reason = client
        .post("/v2/messages", &multichannel("a-2", &unused))
        .refused(400);
    assert!(reason.contains("removed unused"), "{reason}");
    assert!(client.last().passed("mailbox") && !client.last().passed("attachments"));
    let late = client.pdf();
    client.advance_clock(Duration::from_secs(3_500));
    client
        .post("/v2/messages", &multichannel("a-2", &late))
        .message_id();
}

#[test]
fn an_upload_goes_with_one_message_unless_the_setup_says_otherwise() {
    let client = suomifi();
    let id = client.pdf();
    client
        .post("/v2/paper-mail-without-id", &paper("a-1", &id))
        .message_id();
    let reason = client
        .post("/v2/paper-mail-without-id", &paper("a-2", &id))
        .refused(400);
    assert!(reason.contains("another message"), "{reason}");
    // The same message again is not another one.
    client
        .post("/v2/paper-mail-without-id", &paper("a-1", &id))
        .refused(409);
    let client = start(|setup| setup.attachments_are_reusable = true);
    let id = client.pdf();
    for external_id in ["a-1", "a-2"] {
        client
            .post("/v2/messages", &multichannel(external_id, &id))
            .message_id();
    }
}

#[test]
fn paper_is_a_pdf() {
    let client = suomifi();
    let reply = client.upload("a.txt", "text/plain", "x");
    let id = reply.json()["attachmentId"].as_str().unwrap().to_owned();
    let reason = client
        .post("/v2/messages", &multichannel("a-1", &id))
        .refused(400);
    assert!(reason.contains("application/pdf"), "{reason}");
}
