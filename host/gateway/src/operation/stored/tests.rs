// SPDX-License-Identifier: Apache-2.0
use proptest::{collection::vec, prelude::*};
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

#[test]
fn a_time_beyond_the_calendar_is_not_forgotten() {
    let far = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40);
    let long_ago = SystemTime::UNIX_EPOCH - Duration::from_secs(1 << 40);
    for (at, is_later) in [(far, true), (long_ago, false)] {
        let mut one = progress();
        one.not_before = Some(at);
        one.ended.as_mut().unwrap().at = at;
        let again = Progress::from_bytes(&one.to_blob().to_vec()).unwrap();
        let now = SystemTime::now();
        assert_eq!(again.not_before.unwrap() > now, is_later);
        assert_eq!(again.ended.unwrap().at > now, is_later);
    }
}

#[test]
fn a_digest_has_digits_only() {
    let text = String::from_utf8(progress().to_blob().to_vec()).unwrap();
    let digits = "07".repeat(32);
    assert!(text.contains(&digits));
    for other in ["+7".repeat(32), "07".repeat(31), "é".repeat(32)] {
        let damaged = text.replace(&digits, &other);
        assert!(Progress::from_bytes(damaged.as_bytes()).is_err(), "{other}");
    }
}

/// Whatever is read is written as something that is read as the same; and no error repeats what it has read.
fn check(bytes: &[u8]) {
    match Progress::from_bytes(bytes) {
        Ok(read) => {
            let written = read.to_blob().to_vec();
            let again = Progress::from_bytes(&written).unwrap();
            assert_eq!(again.to_blob().to_vec(), written);
        }
        Err(error) => {
            let told = error.to_string();
            assert!(
                !told.contains("attached") && !told.contains("agency.example"),
                "{told}"
            );
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..512)) {
        check(&bytes);
    }

    #[test]
    fn whatever_is_damaged_is_read_or_refused(
        places in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = progress().to_blob().to_vec();
        for (place, byte) in places {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        check(&bytes);
    }

    /// Numbers and texts of any kind in the first line, whose sizes then are other than what follows.
    #[test]
    fn any_sizes_are_read_or_refused(size in any::<u64>(), sendings in any::<u32>()) {
        let text = String::from_utf8(progress().to_blob().to_vec()).unwrap();
        assert!(text.contains("\"bodyBytes\":17,") && text.contains("\"sendings\":3,"));
        let text = text.replacen("\"bodyBytes\":17", &format!("\"bodyBytes\":{size}"), 1);
        let text = text.replacen("\"sendings\":3", &format!("\"sendings\":{sendings}"), 1);
        check(text.as_bytes());
    }
}
