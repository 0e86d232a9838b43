// SPDX-License-Identifier: Apache-2.0
//! A judge that finds nothing proves nothing: stories that must not be, each with one thing wrong.

use std::time::{Duration, SystemTime};

use super::story::{
    Attempt, CUSTOMS, Delivered, Effect, Ended, Kept, MAIL, Said, Story, Submitted, Want, judge,
};

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Two uploads of a conversation, sent and handed out as they have to be. The second was repeated.
fn right() -> Story {
    let mut story = Story::default();
    for id in [1, 2] {
        let (token, position) = (format!("t{id}"), id + 10);
        story.submitted.push(Submitted {
            agency: CUSTOMS,
            token: token.clone(),
            conversation: Some("c".to_owned()),
            id,
            is_sound: true,
        });
        for _ in 0..id {
            story.attempts.push(Attempt {
                token: token.clone(),
                bytes: "a".to_owned(),
                is_refused: false,
            });
        }
        story.effects.push(Effect {
            agency: CUSTOMS,
            token,
        });
        let ended = Ended {
            end: "done".to_owned(),
            entry: Some(position),
        };
        story.ended.insert(id, ended);
        story.kept.push(Kept {
            position,
            agency: CUSTOMS.to_owned(),
            operation: Some(id),
            events: vec![("upload-acknowledged".to_owned(), format!("k{id}"))],
            is_acknowledged: true,
        });
        for epoch in 1..=id {
            story.delivered.push(delivered(position, epoch));
        }
        story.said.push(said(position, id, Some((at(100), 204))));
    }
    story
}

/// From the moment of ten times the epoch on, for five seconds.
fn delivered(position: u64, epoch: u64) -> Delivered {
    Delivered {
        position,
        epoch,
        begun: at(10 * epoch),
        ended: at(10 * epoch + 1),
        until: at(10 * epoch + 5),
    }
}

fn said(position: u64, epoch: u64, answer: Option<(SystemTime, u16)>) -> Said {
    Said {
        position,
        epoch,
        want: Want::Ack,
        answer,
    }
}

/// A change, and a word of what has to be said of it.
type Wrong = (fn(&mut Story), &'static str);

#[rustfmt::skip]
const WRONG: [Wrong; 21] = [
    (|it| it.effects.push(it.effects[0].clone()), "taken 2 times"),
    (|it| drop(it.effects.pop()), "taken 0 times"),
    (|it| it.effects[0].token = "x".to_owned(), "taken 0 times"),
    (
        |it| {
            it.effects.push(Effect {
                agency: CUSTOMS,
                token: "x".to_owned(),
            });
        },
        "was not queued",
    ),
    (|it| it.submitted[0].is_sound = false, "taken 1 times"),
    (|it| drop(it.ended.remove(&1)), "has not ended"),
    (|it| it.submitted.push(it.submitted[0].clone()), "queued more than once"),
    (
        |it| {
            it.ended.get_mut(&1).unwrap().end = "givenUp".to_owned();
        },
        "ended givenUp",
    ),
    (|it| it.ended.get_mut(&1).unwrap().entry = None, "has the results"),
    (|it| it.kept[0].operation = Some(2), "has the results"),
    (
        |it| {
            it.kept[0].events.clear();
        },
        "has the results",
    ),
    (|it| it.effects.reverse(), "out of order"),
    (
        |it| {
            it.ended.get_mut(&1).unwrap().entry = Some(20);
            it.kept[0].position = 20;
            it.delivered[0].position = 20;
            it.said[0].position = 20;
        },
        "out of order",
    ),
    (|it| it.attempts[2].bytes = "b".to_owned(), "other bytes after"),
    (|it| it.kept[1].events[0].1 = "k1".to_owned(), "there more than once"),
    (|it| it.kept[1].is_acknowledged = false, "nobody has"),
    (|it| it.delivered.retain(|one| one.position != 11), "by nobody"),
    (|it| it.said[0].answer = Some((at(100), 409)), "without having been told"),
    (|it| it.said[1].answer = Some((at(15), 204)), "after it had been acknowledged"),
    (|it| it.said.push(said(12, 1, Some((at(100), 204)))), "by two who had it"),
    (|it| it.delivered[2].ended = at(14), "while another had it"),
];

/// Each thing that must not be is found, and what may be is not.
pub(crate) fn judge_the_judge() {
    let told = judge(&right()).unwrap();
    assert_eq!((told.sent, told.resent, told.conversations), (2, 1, 1));
    for (change, words) in WRONG {
        let mut story = right();
        change(&mut story);
        let Err(wrong) = judge(&story) else {
            panic!("not found: {words}");
        };
        assert!(wrong.contains(words), "{words}: {wrong}");
    }
    // Answers that were lost, disturbances that Customs has named, and mails of which nobody knows.
    let mut story = right();
    story.said[0].answer = None;
    story.attempts[1].is_refused = true;
    story.attempts[1].bytes = "b".to_owned();
    story.submitted[1].agency = MAIL;
    story.ended.get_mut(&2).unwrap().end = "givenUp".to_owned();
    story.effects.pop();
    judge(&story).unwrap();
}
