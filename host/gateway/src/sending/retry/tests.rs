// SPDX-License-Identifier: Apache-2.0
use std::io;

use silta::exchange::Problem;
use silta_store::Timestamp;

use super::*;
use crate::{
    operation::{ContentMismatch, NoRelay, NotNow},
    outbound::{NotSent, Phase, Reason, Unknown},
};

fn outcome(class: RetryClass) -> Outcome {
    Outcome {
        class,
        code: "E17".into(),
        text: "of 010190-900P".into(),
        reference: String::new(),
        events: Vec::new(),
        documents: Vec::new(),
        follow_ups: Vec::new(),
        cursor: None,
        more_waits: false,
        next_step: None,
        not_before: Some(SystemTime::UNIX_EPOCH),
        obtained: None,
        refused_secret: None,
    }
}

fn stopped(class: RetryClass) -> Stopped {
    Stopped::Outcome(Box::new(outcome(class)), None)
}

fn unanswered(not_before: Option<SystemTime>) -> Stopped {
    let outcome = Outcome {
        not_before,
        ..outcome(RetryClass::UnknownOutcome)
    };
    let fact = Unknown {
        phase: Phase::AwaitAnswer,
        reason: Reason::RequestTimeout {
            limit: Duration::from_secs(60),
        },
    };
    Stopped::Outcome(Box::new(outcome), Some(fact))
}

fn problem(fault: Fault) -> RunError {
    RunError::Runtime(Error::Problem(Problem {
        fault,
        code: "some.code".into(),
        path: String::new(),
        message: "words".into(),
    }))
}

fn not_sent() -> Stopped {
    Stopped::NotSent(NotSent {
        phase: Phase::Connect,
        reason: Reason::ConnectTimeout {
            limit: Duration::from_secs(10),
        },
    })
}

fn credential(stopped: Stopped) -> RunError {
    RunError::Credential {
        role: "token".into(),
        operation: "token".into(),
        stopped: Box::new(stopped),
    }
}

fn judged(result: Result<Stopped, RunError>, last: Option<&LastRun>, is_unresolved: bool) -> Next {
    let run = Run {
        result: &result,
        last,
        is_unresolved,
    };
    next(&run, &SendingSettings::default())
}

/// In a word: what becomes of it, by which class, with what pause.
fn in_short(next: &Next) -> String {
    match next {
        Next::Done => "done".into(),
        Next::Refused(told) => format!("refused {}", told.class),
        Next::Held(told) => format!("held {}", told.class),
        Next::Again(again) => {
            let pause = match again.pause {
                Pause::Growing => "growing".to_owned(),
                Pause::Unsent => "unsent".to_owned(),
                Pause::For(pause) => format!("{} s", pause.as_secs()),
            };
            let marks = [
                (!again.counts, " uncounted"),
                (again.is_error, " error"),
                (again.is_locked, " locked"),
                (again.not_before.is_some(), " later"),
            ];
            let marks = marks.iter().filter(|(is, _)| *is).map(|(_, mark)| *mark);
            let marks: String = marks.collect();
            format!("again {} {pause}{marks}", again.told.class)
        }
    }
}

#[test]
fn each_end_of_a_run_has_its_consequence() {
    use RetryClass as C;
    let table: Vec<(Result<Stopped, RunError>, &str)> = vec![
        (Ok(stopped(C::Done)), "done"),
        (Ok(stopped(C::AlreadyAccepted)), "done"),
        (
            Ok(stopped(C::RetryLaterSameReference)),
            "again retry-later-same-reference growing later",
        ),
        (
            Ok(stopped(C::RetryLaterNewReference)),
            "again retry-later-new-reference growing later",
        ),
        (
            Ok(stopped(C::UnknownOutcome)),
            "again unknown-outcome growing later",
        ),
        (Ok(stopped(C::FixFirst)), "refused fix-first"),
        (Ok(stopped(C::Denied)), "held denied"),
        (Ok(not_sent()), "again not-sent unsent"),
        (Ok(unanswered(None)), "again unanswered growing"),
        (
            Ok(unanswered(Some(SystemTime::UNIX_EPOCH))),
            "again unknown-outcome growing later",
        ),
        (Err(problem(Fault::Caller)), "refused refused"),
        (
            Err(problem(Fault::Counterparty)),
            "again misunderstood growing",
        ),
        (
            Err(problem(Fault::Configuration)),
            "again configuration growing error",
        ),
        (
            Err(problem(Fault::Internal)),
            "again internal growing error",
        ),
        (
            Err(RunError::TooManySteps {
                asked: 4,
                allowed: 3,
            }),
            "again internal growing error",
        ),
        (
            Err(RunError::Runtime(Error::UnknownAgency {
                agency: "a".into(),
                deployed: Vec::new(),
            })),
            "again not-served growing uncounted error",
        ),
        (
            Err(RunError::Runtime(Error::UnknownOperation {
                agency: "a".into(),
                operation: "o".into(),
                known: Vec::new(),
            })),
            "held unknown-operation",
        ),
        (
            Err(RunError::Runtime(Error::Audit {
                agency: "a".into(),
                operation: "o".into(),
                source: io::Error::other("full"),
            })),
            "again configuration growing error",
        ),
        (Err(RunError::NoRelay(NoRelay)), "held no-relay"),
        (Err(RunError::MayRepeat), "held may-repeat"),
        (
            Err(RunError::Exhausted {
                sendings: 5,
                since: SystemTime::UNIX_EPOCH,
                limit: "5 sendings".into(),
            }),
            "held exhausted",
        ),
        (
            Err(RunError::Content(ContentMismatch {
                what: "the payload".into(),
            })),
            "held other-content",
        ),
        (
            Err(RunError::TooEarly {
                until: SystemTime::UNIX_EPOCH,
            }),
            "again too-early 0 s uncounted later",
        ),
        (
            Err(RunError::NotNow(NotNow {
                delay: Duration::from_secs(7),
                limit: "1 call".into(),
            })),
            "again put-off 7 s uncounted",
        ),
        (
            Err(RunError::NotKept(io::Error::other("closed"))),
            "again not-kept unsent uncounted",
        ),
        (Err(credential(not_sent())), "again credential unsent"),
        (
            Err(credential(stopped(C::UnknownOutcome))),
            "again credential growing later",
        ),
        (
            Err(credential(stopped(C::Denied))),
            "again credential growing error locked later",
        ),
    ];
    for (result, expected) in table {
        let shown = format!("{result:?}");
        let next = judged(result, None, false);
        assert_eq!(in_short(&next), expected, "{shown}");
    }
}

#[test]
fn what_may_have_been_taken_is_not_told_to_be_refused() {
    let next = judged(Err(problem(Fault::Caller)), None, true);
    assert_eq!(in_short(&next), "held refused");
}

#[test]
fn defects_of_ours_are_tried_so_often_in_a_row() {
    let before = |class: &str, times| LastRun {
        class: class.into(),
        code: String::new(),
        text: String::new(),
        at: Timestamp::default(),
        times,
    };
    for (class, times, expected) in [
        ("internal", 3, "again internal growing error"),
        ("internal", 4, "held internal"),
        ("internal", 9, "held internal"),
        ("not-sent", 9, "again internal growing error"),
    ] {
        let last = before(class, times);
        let next = judged(Err(problem(Fault::Internal)), Some(&last), false);
        assert_eq!(in_short(&next), expected, "{class} {times}");
    }
}

/// What an operator reads has no personal identity code in it, whatever the agency says.
#[test]
fn words_of_the_agency_are_masked() {
    for class in [RetryClass::Denied, RetryClass::FixFirst] {
        let (Next::Held(told) | Next::Refused(told)) = judged(Ok(stopped(class)), None, false)
        else {
            panic!("{class:?} goes on")
        };
        assert!(!told.text.contains("900P"), "{}", told.text);
        assert!(told.text.contains("of "), "{}", told.text);
    }
}
