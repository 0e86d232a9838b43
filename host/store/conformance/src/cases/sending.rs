// SPDX-License-Identifier: Apache-2.0
//! What whoever carries operations out needs to know.

use std::time::Duration;

use silta_store::{
    Content, Store,
    record::{
        Actor, AtOnce, Claim, Decided, Decision, Due, End, Ending, LastRun, Note, OperationId,
        OperationState, Outcome, Queue, Settled, Source, Submission, Submitted,
    },
};

use crate::{
    bed::{Bed, START},
    given::{MINUTE, claim, claimed_names, ended, entries, submission},
};

fn note(class: &str, counts: bool) -> Option<Note> {
    Some(Note {
        class: class.into(),
        code: "busy".into(),
        text: "come again".into(),
        counts,
    })
}

fn again(note: Option<Note>) -> Outcome {
    Outcome::Again {
        delay: Duration::ZERO,
        progress: None,
        note,
    }
}

fn held() -> Outcome {
    Outcome::Held {
        why: "why".into(),
        progress: None,
        note: note("denied", true),
    }
}

fn state(bed: &dyn Bed, id: OperationId) -> OperationState {
    bed.store().operation(id).unwrap().unwrap().state
}

/// Runs, class of the last one, and how many in a row came to it.
fn runs(bed: &dyn Bed, id: OperationId) -> (u32, String, u32) {
    let state = state(bed, id);
    let last = state.last.unwrap();
    (state.runs, last.class, last.times)
}

fn submit(store: &dyn Store, wish: &Submission) -> OperationId {
    match store.submit(wish).unwrap() {
        Submitted::New(id) => id,
        Submitted::Known(_) => panic!("nothing was there"),
    }
}

pub(super) fn counted(bed: &mut dyn Bed) {
    let id = submit(bed.store(), &submission("send"));
    assert_eq!((state(bed, id).runs, state(bed, id).last), (0, None));
    let settle = |bed: &mut dyn Bed, outcome: &Outcome| {
        let lease = claim(bed.store(), 1)[0].lease;
        assert_eq!(bed.store().settle(&lease, outcome), Ok(Settled::Done));
        bed.reopen();
    };
    // Given back, and nothing is said of it.
    settle(bed, &again(None));
    assert_eq!((state(bed, id).runs, state(bed, id).last), (0, None));
    bed.clock().set(START.after(MINUTE));
    for (class, counts, expected) in [
        ("not-sent", true, (1, 1)),
        ("not-sent", true, (2, 2)),
        ("put-off", false, (2, 0)),
        ("not-sent", true, (3, 1)),
    ] {
        settle(bed, &again(note(class, counts)));
        let (all, in_row) = expected;
        assert_eq!(runs(bed, id), (all, class.to_owned(), in_row));
    }
    let last = LastRun {
        class: "not-sent".into(),
        code: "busy".into(),
        text: "come again".into(),
        at: START.after(MINUTE),
        times: 1,
    };
    assert_eq!(state(bed, id).last, Some(last));
    settle(bed, &held());
    assert_eq!(runs(bed, id), (4, "denied".to_owned(), 1));
    assert!(!state(bed, id).resumed);
    // A human lets it go on: that is known until something was kept or counted.
    let resume = |bed: &dyn Bed| {
        bed.store()
            .decide(id, None, Decision::Resume, &Actor::default())
    };
    assert_eq!(resume(bed), Ok(Decided::Done));
    assert_eq!(runs(bed, id), (0, "denied".to_owned(), 0));
    settle(bed, &again(note("put-off", false)));
    assert!(state(bed, id).resumed, "nothing was tried");
    let claimed = claim(bed.store(), 1).remove(0);
    assert!(claimed.operation.state.resumed);
    let progress = Content::from(b"p".as_slice());
    bed.store().keep(&claimed.lease, &progress).unwrap();
    assert!(!state(bed, id).resumed);
    bed.store().settle(&claimed.lease, &held()).unwrap();
    resume(bed).unwrap();
    settle(bed, &again(note("not-sent", true)));
    assert!(!state(bed, id).resumed);
}

pub(super) fn due(bed: &mut dyn Bed) {
    let store = bed.store();
    let of = |except: &[&str]| Claim {
        agencies: vec!["vero".into()],
        except: except.iter().map(ToString::to_string).collect(),
        limit: 10,
        duration: MINUTE,
        ..Claim::default()
    };
    let next = |except: &[&str]| store.due(&of(except)).unwrap().next;
    assert_eq!(next(&[]), None);
    for (operation, delay, lane) in [
        ("list", 2 * MINUTE, None),
        ("upload", MINUTE, Some("x")),
        ("list", Duration::ZERO, Some("x")),
    ] {
        let wish = Submission {
            delay,
            lane: lane.map(str::to_owned),
            ..submission(operation)
        };
        submit(store, &wish);
    }
    let other = Submission {
        agency: "tulli".into(),
        ..submission("upload")
    };
    submit(store, &other);
    let told = Due {
        now: START,
        next: Some(START.after(MINUTE)),
    };
    assert_eq!(store.due(&of(&[])), Ok(told));
    // What is left out holds up its conversation all the same.
    assert_eq!(next(&["upload"]), Some(START.after(2 * MINUTE)));
    assert_eq!(next(&["upload", "list"]), None);
    bed.clock().set(START.after(2 * MINUTE));
    let store = bed.store();
    let taken = store.claim(&of(&["upload"])).unwrap();
    let names: Vec<_> = taken
        .iter()
        .map(|it| &*it.operation.wish.operation)
        .collect();
    assert_eq!(names, ["list"]);
    let now = Some(START.after(2 * MINUTE));
    assert_eq!(store.due(&of(&[])).unwrap().next, now);
    assert_eq!(claimed_names(store), ["upload", "upload"]);
    // Nothing is free before a lease ends.
    assert_eq!(
        store.due(&of(&[])).unwrap().next,
        Some(START.after(3 * MINUTE))
    );
}

/// However many ask, and whatever of them: so many of a name are out. A lease that has ended counts no more, nor does what was given back.
pub(super) fn at_once(bed: &mut dyn Bed) {
    let ask = |agencies: &[&str]| Claim {
        owner: "two".into(),
        agencies: agencies.iter().map(ToString::to_string).collect(),
        at_once: vec![AtOnce {
            operation: "upload".into(),
            most: 2,
        }],
        limit: 10,
        duration: MINUTE,
        ..Claim::default()
    };
    let names = |bed: &dyn Bed, agencies: &[&str]| {
        let claimed = bed.store().claim(&ask(agencies)).unwrap();
        let names = claimed.iter();
        names
            .map(|it| it.operation.wish.operation.clone())
            .collect::<Vec<_>>()
    };
    for operation in ["upload", "upload", "upload", "list", "upload"] {
        submit(bed.store(), &submission(operation));
    }
    let first = bed.store().claim(&Claim {
        limit: 1,
        ..ask(&["vero"])
    });
    let first = first.unwrap().remove(0);
    assert_eq!(names(bed, &["vero"]), ["upload", "list"]);
    assert!(names(bed, &["vero"]).is_empty() && names(bed, &[]).is_empty());
    // Another agency has its own.
    let other = Submission {
        agency: "tulli".into(),
        ..submission("upload")
    };
    submit(bed.store(), &other);
    assert_eq!(names(bed, &[]), ["upload"]);
    let next = |bed: &dyn Bed| bed.store().due(&ask(&["vero"])).unwrap().next;
    assert_eq!(next(bed), Some(START.after(MINUTE)));
    bed.store().settle(&first.lease, &held()).unwrap();
    assert_eq!(next(bed), Some(START));
    assert_eq!(names(bed, &["vero"]), ["upload"]);
    // Leases end, and others come as often as they may be.
    bed.clock().set(START.after(MINUTE));
    assert_eq!(names(bed, &["vero"]), ["upload", "upload", "list"]);
    assert!(
        names(bed, &[]).contains(&"upload".to_owned()),
        "of the other agency"
    );
    // Whoever knows of no limit has none.
    assert_eq!(claimed_names(bed.store()), ["upload"]);
}

pub(super) fn hastened(bed: &mut dyn Bed) {
    let queue = |agency: &str, delay| {
        let wish = Submission {
            agency: agency.into(),
            delay,
            ..submission("send")
        };
        submit(bed.store(), &wish)
    };
    let [silent, refused, untried, other] =
        ["vero", "vero", "vero", "tulli"].map(|agency| queue(agency, Duration::ZERO));
    let later = queue("vero", MINUTE);
    let claimed = claim(bed.store(), 5);
    assert_eq!(claimed.len(), 4);
    for claimed in &claimed {
        let id = claimed.operation.id;
        let class = match id == refused {
            true => "unknown-outcome",
            false => "unanswered",
        };
        if id == untried {
            continue;
        }
        let again = Outcome::Again {
            delay: MINUTE,
            progress: None,
            note: note(class, true),
        };
        bed.store().settle(&claimed.lease, &again).unwrap();
    }
    let before = [refused, untried, other, later].map(|id| state(bed, id).until);
    let hasten = |classes: &[&str]| bed.store().hasten("vero", classes);
    assert_eq!(hasten(&["not-sent"]), Ok(0));
    assert_eq!(hasten(&[]), Ok(0));
    assert_eq!(hasten(&["unanswered", "not-sent"]), Ok(1));
    let after = [refused, untried, other, later].map(|id| state(bed, id).until);
    assert_eq!(before, after, "those wait for something else");
    let due = claim(bed.store(), 5);
    let due: Vec<_> = due.iter().map(|claimed| claimed.operation.id).collect();
    assert_eq!(due, [silent]);
    // Under way, it is nobody else's.
    assert_eq!(hasten(&["unanswered"]), Ok(0));
}

pub(super) fn open_run(bed: &mut dyn Bed) {
    let store = bed.store();
    assert_eq!(store.open_run("vero", "messages"), Ok(None));
    let run = Submission {
        poll: Some("messages".into()),
        ..submission("list")
    };
    // A conversation of that name is another.
    let conversation = Submission {
        lane: Some("messages".into()),
        ..submission("send")
    };
    submit(store, &conversation);
    let first = submit(store, &run);
    submit(store, &run);
    assert_eq!(store.open_run("vero", "messages"), Ok(Some(first)));
    assert_eq!(store.open_run("tulli", "messages"), Ok(None));
    for _ in 0..2 {
        for claimed in claim(store, 10) {
            store
                .settle(&claimed.lease, &ended(Ending::default()))
                .unwrap();
        }
    }
    assert_eq!(store.open_run("vero", "messages"), Ok(None));
}

pub(super) fn cancelled(bed: &mut dyn Bed) {
    let store = bed.store();
    let id = submit(store, &submission("send"));
    let other = submit(store, &submission("send"));
    let lease = claim(store, 1)[0].lease;
    store.settle(&lease, &held()).unwrap();
    let queue = Queue {
        agency: "vero".into(),
        queued: 1,
        oldest_queued: Some(START),
        held: 1,
        oldest_held: Some(START),
    };
    assert_eq!(store.status().unwrap().queues, [queue]);
    assert_eq!(
        store.decide(id, None, Decision::Cancel, &Actor::default()),
        Ok(Decided::Done)
    );
    let entry = entries(store).remove(0);
    assert_eq!(entry.received.source, Source::Operation(id));
    let event = &entry.received.events[0];
    assert_eq!(event.kind, "silta.operation-given-up");
    assert_eq!(event.deduplication_key, format!("silta.operation-{id}"));
    let expected = format!(
        r#"{{"operation":{id},"name":"send","code":"cancelled","text":"it was cancelled"}}"#
    );
    assert_eq!(event.data, expected);
    let over = state(bed, id).ended.unwrap();
    assert_eq!((over.end, over.entry), (End::GivenUp, Some(entry.position)));
    assert!(state(bed, other).ended.is_none());
}
