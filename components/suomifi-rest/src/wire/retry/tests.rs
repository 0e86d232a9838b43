// SPDX-License-Identifier: Apache-2.0
//! The table, row by row, and that nothing is outside of it.

use super::*;

fn with(codes: &[&str]) -> ErrorBody {
    ErrorBody {
        codes: codes.iter().map(ToString::to_string).collect(),
        ..ErrorBody::default()
    }
}

/// Every row is what counts for some call and some answer, so that none stands in the table for nothing.
#[test]
fn every_row_is_reached_by_each_of_its_calls() {
    for row in TABLE {
        for call in row.calls {
            let reached = match &row.when {
                When::Status(ranges) => {
                    let statuses = ranges.iter().flat_map(|range| range.clone().take(700));
                    let mut statuses = statuses.filter(|it| *it < 700);
                    statuses.any(|it| action(*call, Some(it), &with(&[])) == row.action)
                }
                When::Code(codes) => {
                    let mut codes = codes.iter();
                    codes.all(|code| action(*call, Some(400), &with(&[code])) == row.action)
                }
                When::Silence => action(*call, None, &with(&[])) == row.action,
                When::Unreadable => unreadable(*call) == row.action,
            };
            assert!(reached, "{}: {call:?}", row.name);
        }
    }
}

#[test]
fn every_answer_to_every_call_is_in_the_table() {
    for call in Call::ALL {
        let has = |when: fn(&When) -> bool| {
            TABLE
                .iter()
                .any(|row| row.calls.contains(&call) && when(&row.when))
        };
        assert!(has(|when| matches!(when, When::Silence)), "{call:?}");
        assert!(has(|when| matches!(when, When::Unreadable)), "{call:?}");
        let is_rest = |when: &When| match when {
            When::Status([range]) => *range.start() == 0,
            _ => false,
        };
        assert!(has(is_rest), "{call:?}");
    }
}

/// What is to be done, said once more in words of the service's and ours, in the order of the table.
#[test]
fn rows_say_what_they_should() {
    let none = with(&[]);
    let class = |call, status| action(call, status, &none).class;
    for status in [200, 201, 204] {
        assert!(
            Call::ALL
                .iter()
                .all(|call| class(*call, Some(status)) == Done)
        );
    }
    assert_eq!(class(Message, Some(409)), AlreadyAccepted);
    // Only a message has a key that a repetition is known by.
    assert_eq!(class(Upload, Some(409)), FixFirst);
    #[rustfmt::skip]
    let rows = [
        ("MAILBOX_NOT_IN_USE", Why::MailboxNotInUse, Remedy::OnPaper),
        ("MESSAGE_BEING_REPLIED_TO_NOT_FOUND", Why::ReplyTargetNotFound, Remedy::AsNew),
        ("SOMETHING_NEW", Why::ContentRefused, Remedy::Repair),
    ];
    for (code, failure, remedy) in rows {
        let found = action(Message, Some(400), &with(&[code]));
        assert_eq!(
            (found.class, found.failure, found.remedy),
            (FixFirst, Some(failure), remedy)
        );
    }
    for code in ["SERVICE_NOT_ACTIVE", "SYSTEM_NOT_ACTIVE"] {
        let found = action(Message, Some(400), &with(&[code]));
        assert_eq!(
            (found.class, found.wait_seconds, found.is_alarm),
            (Same, Some(3600), true)
        );
        let found = action(Events, Some(400), &with(&[code]));
        assert_eq!((found.class, found.wait_seconds), (Anew, Some(3600)));
    }
    assert_eq!(action(Token, Some(400), &none).wait_seconds, Some(900));
    assert_eq!(action(Change, Some(400), &none).wait_seconds, Some(3600));
    assert!(!action(Token, Some(401), &none).renews_token);
    for call in WITH_TOKEN {
        for (status, wait) in [(401, None), (403, Some(900))] {
            let found = action(*call, Some(status), &none);
            assert!(found.renews_token && found.is_alarm, "{call:?}");
            assert_eq!(
                (found.class, found.class_in_doubt, found.wait_seconds),
                (Denied, Unknown, wait)
            );
        }
    }
    for call in [Lookup, CitizenMessage, CitizenAttachment] {
        assert_eq!(action(call, Some(404), &none).remedy, Remedy::Gone);
    }
    for call in [Token, Change, Upload, Message, Events, Mailboxes] {
        assert_eq!(class(call, Some(404)), FixFirst, "{call:?}");
    }
    assert_eq!(
        action(Upload, Some(413), &none).failure,
        Some(Why::AttachmentSize)
    );
    assert_eq!(
        action(Upload, Some(415), &none).failure,
        Some(Why::AttachmentType)
    );
    for call in Call::ALL {
        let (now, later) = match call.is_change() {
            true => (Same, Unknown),
            false => (Anew, Anew),
        };
        for status in [408, 425, 429] {
            assert_eq!(class(call, Some(status)), now, "{call:?} {status}");
        }
        for status in [500, 502, 503, 504, 599] {
            assert_eq!(class(call, Some(status)), later, "{call:?} {status}");
        }
        assert_eq!((class(call, None), unreadable(call).class), (later, later));
        for status in [302, 402, 405, 410, 418] {
            assert_eq!(class(call, Some(status)), FixFirst, "{call:?} {status}");
        }
    }
}

/// A code counts with status 400 alone.
#[test]
fn a_code_of_another_status_is_none() {
    let error = with(&["MAILBOX_NOT_IN_USE"]);
    assert_eq!(action(Message, Some(502), &error).class, Unknown);
    assert_eq!(
        action(Upload, Some(400), &error).failure,
        Some(Why::ContentRefused)
    );
}
