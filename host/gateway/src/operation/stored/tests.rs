// SPDX-License-Identifier: Apache-2.0
use silta::exchange::{Attachment, HttpTarget};

use super::*;
use crate::operation::Content;

/// One with something everywhere.
fn progress() -> Progress {
    let content = Content {
        payload: Some(b"payload".to_vec().into()),
        attachments: vec![Attachment {
            name: "a.txt".into(),
            media_type: "text/plain".into(),
            content: b"attached".to_vec().into(),
        }],
    };
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let document = |name: &str, content: &[u8]| Document {
        name: name.into(),
        media_type: "text/plain".into(),
        content: content.to_vec().into(),
    };
    Progress {
        cursor: Some("here".into()),
        step: Some("two\nlines".into()),
        exchanges: 2,
        attempt: Some(Attempt {
            request: Request {
                target: Target::Http(HttpTarget {
                    method: "POST".into(),
                    url: "https://agency.example/".into(),
                }),
                headers: vec![("Accept".into(), "*/*".into())],
                secret_headers: vec![SecretHeader {
                    name: "Authorization".into(),
                    prefix: "Bearer ".into(),
                    role: "token".into(),
                }],
                body: b"body\nof two lines".to_vec().into(),
                timeout: Duration::from_millis(1500),
                reference: "R".into(),
                tls_role: Some("client".into()),
                keep_bytes: true,
                memo: "M".into(),
            },
            sendings: 3,
            unresolved: 2,
            first_sent: Some(at),
        }),
        results: Results {
            events: vec![Event {
                kind: "happened".into(),
                data: "{}".into(),
                deduplication_key: "happened/1".into(),
                about: Some("R".into()),
            }],
            documents: vec![document("one", b"1"), document("none", b"")],
            follow_ups: vec![FollowUp {
                operation: "download".into(),
                parameters: "{}".into(),
                deduplication_key: "download/1".into(),
            }],
        },
        not_before: Some(at),
        next_digest: Some([7; 32]),
        done: Some(Done {
            is_repeated: true,
            code: "0".into(),
            text: "fine".into(),
            reference: "R".into(),
            cursor: Some("there".into()),
            more_waits: true,
        }),
        ended: Some(Ended {
            code: "0".into(),
            reference: "R".into(),
            at,
        }),
        ..Progress::new("agency", "operation", "{}", &content)
    }
}

#[test]
fn progress_comes_back_as_it_was() {
    let one = progress().to_blob().to_vec();
    let other = Progress::from_bytes(&one).unwrap();
    assert_eq!(other.to_blob().to_vec(), one);
    assert_eq!(
        other.attempt.unwrap().request.body.to_vec(),
        b"body\nof two lines"
    );
    assert_eq!(other.results.documents[0].content.to_vec(), b"1");
    assert_eq!(other.content, progress().content);
    let begun = Progress::new("agency", "operation", "{}", &Content::default());
    let begun = begun.to_blob().to_vec();
    let again = Progress::from_bytes(&begun).unwrap();
    assert_eq!(again.to_blob().to_vec(), begun);
}

#[test]
fn what_is_cut_or_goes_on_is_damaged() {
    let whole = progress().to_blob().to_vec();
    for length in 0..whole.len() {
        assert!(Progress::from_bytes(&whole[..length]).is_err(), "{length}");
    }
    let more = [whole.as_slice(), b"x"].concat();
    assert!(Progress::from_bytes(&more).is_err());
}

#[test]
fn another_version_is_not_read() {
    let text = String::from_utf8(progress().to_blob().to_vec()).unwrap();
    let other = text.replace("silta operation 1", "silta operation 2");
    let error = Progress::from_bytes(other.as_bytes()).unwrap_err();
    assert!(error.to_string().contains("another version"), "{error}");
}
