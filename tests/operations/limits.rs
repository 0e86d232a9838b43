// SPDX-License-Identifier: Apache-2.0
//! When an operation may go on, and where it has to stop.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use silta_gateway::operation::{Content, RunError};

use super::{
    agency::Answer,
    journey::{Kept, Task, Told, World, names},
    server::{Kill, Turn},
};

/// An answer in which a test words the outcome of the rogue component.
fn worded(outcome: Value) -> Turn {
    let mut answer = Answer::new(200, outcome);
    let media_type = "application/vnd.rogue.outcome+json".to_owned();
    answer.headers.push(("Content-Type", media_type));
    Turn::Answer(answer)
}

fn rogue_task() -> Task {
    Task {
        agency: "rogue",
        ..Task::plain("behave")
    }
}

/// Code of the refusal to go on; `None` where it may.
fn may_run(world: &World, task: &Task, kept: &Kept, later: u64) -> Option<&'static str> {
    let sender = match task.agency {
        "rogue" => world.rogue(),
        _ => world.process(),
    };
    let progress = kept.load().unwrap_or_else(|| task.progress());
    let now = SystemTime::now() + Duration::from_secs(later);
    sender
        .may_run(&progress, now)
        .err()
        .map(|error| match error {
            RunError::TooEarly { .. } => "too early",
            RunError::MayRepeat => "may repeat",
            RunError::Exhausted { .. } => "exhausted",
            RunError::Ended { .. } => "ended",
            other => panic!("{other}"),
        })
}

#[test]
fn an_operation_takes_no_more_exchanges_than_it_declares() {
    let world = World::new();
    // Three are declared.
    for exchange in 1..=3 {
        let step = json!({ "next-step": format!("step {exchange}") });
        world.server.plan(exchange, worded(step));
    }
    let told = world.run(&world.rogue(), &rogue_task(), &mut world.in_memory());
    let Told::Failed(RunError::TooManySteps { asked, allowed }) = told else {
        panic!("{told:?}")
    };
    assert_eq!((asked, allowed), (4, 3));
    assert_eq!(world.server.state().exchanges, 3);
}

#[test]
fn one_that_takes_all_that_it_declares_is_done() {
    let world = World::new();
    for exchange in 1..=2 {
        let step = json!({ "next-step": format!("step {exchange}") });
        world.server.plan(exchange, worded(step));
    }
    world.server.plan(3, worded(json!({})));
    let told = world.run(&world.rogue(), &rogue_task(), &mut world.in_memory());
    let Told::Done(outcome) = told else {
        panic!("{told:?}")
    };
    assert_eq!(outcome.text, "step 2");
}

/// A pause of seconds is waited for; for a longer one the run ends, and the next goes on with the step.
#[test]
fn a_step_may_have_to_wait() {
    let in_seconds = |seconds: u64| {
        let at = SystemTime::now() + Duration::from_secs(seconds);
        at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
    };
    let step = |at: u64| worded(json!({ "next-step": "step", "not-before": at }));
    let world = World::new();
    let at = in_seconds(2);
    world.server.plan(1, step(at));
    world.server.plan(2, worded(json!({})));
    let told = world.run(&world.rogue(), &rogue_task(), &mut world.in_memory());
    assert_eq!(told.name(), "done", "{told:?}");
    assert!(in_seconds(0) >= at);
    let (task, mut kept) = (rogue_task(), world.in_memory());
    world.server.plan(1, step(in_seconds(60)));
    let told = world.run(&world.rogue(), &task, &mut kept);
    assert!(
        matches!(told, Told::Failed(RunError::TooEarly { .. })),
        "{told:?}"
    );
    assert_eq!(may_run(&world, &task, &kept, 0), Some("too early"));
    assert_eq!(may_run(&world, &task, &kept, 61), None);
    world.server.plan(1, worded(json!({})));
    let told = world.run(&world.rogue(), &task, &mut kept);
    assert!(
        matches!(&told, Told::Done(outcome) if outcome.text == "step"),
        "{told:?}"
    );
}

#[test]
fn it_waits_for_the_agency_s_time() {
    let world = World::new();
    let refusal = Answer {
        headers: vec![("Retry-After", "120".into())],
        ..Answer::new(429, json!({ "code": "busy" }))
    };
    world.server.plan(2, Turn::Answer(refusal));
    let (task, mut kept) = (Task::delivery(2), world.in_memory());
    let told = world.run(&world.process(), &task, &mut kept);
    assert!(matches!(&told, Told::Refused(code) if code == "busy"));
    assert_eq!(may_run(&world, &task, &kept, 100), Some("too early"));
    assert_eq!(may_run(&world, &task, &kept, 130), None);
    // The very same bytes, which the agency had refused as a whole.
    let told = world.journey(&task, &mut kept);
    let [Told::Done(outcome)] = &told[..] else {
        panic!("{told:?}")
    };
    super::deliveries::assert_delivered_once(&world, outcome, 1);
    assert_eq!(may_run(&world, &task, &kept, 130), Some("ended"));
}

#[test]
fn bytes_of_unknown_outcome_are_sent_as_often_as_is_declared() {
    let world = World::new();
    let (task, mut kept) = (Task::delivery(0), world.in_memory());
    for sending in 1..=5 {
        assert_eq!(may_run(&world, &task, &kept, 0), None, "{sending}");
        let exchange = 2;
        world
            .server
            .plan(exchange, Turn::Kill(Kill::BeforeProcessing));
        assert_eq!(
            names(&[world.run(&world.process(), &task, &mut kept)]),
            ["unknown"]
        );
    }
    assert_eq!(may_run(&world, &task, &kept, 0), Some("exhausted"));
}

#[test]
fn bytes_of_unknown_outcome_are_sent_for_as_long_as_is_declared() {
    let world = World::new();
    let (task, mut kept) = (Task::delivery(0), world.in_memory());
    world.server.plan(2, Turn::Kill(Kill::AfterProcessing));
    world.run(&world.process(), &task, &mut kept);
    let day = 24 * 60 * 60;
    assert_eq!(may_run(&world, &task, &kept, day - 60), None);
    assert_eq!(may_run(&world, &task, &kept, day + 60), Some("exhausted"));
}

#[test]
fn what_may_take_effect_twice_is_not_sent_again() {
    let world = World::new();
    let (task, mut kept) = (rogue_task(), world.in_memory());
    world.server.plan(1, Turn::Kill(Kill::BeforeTls));
    assert_eq!(
        world.run(&world.rogue(), &task, &mut kept).name(),
        "not sent"
    );
    assert_eq!(may_run(&world, &task, &kept, 0), None);
    // The agency has refused it for now: it has taken no effect.
    world
        .server
        .plan(1, worded(json!({ "class": "retry-later" })));
    assert_eq!(
        world.run(&world.rogue(), &task, &mut kept).name(),
        "refused"
    );
    assert_eq!(may_run(&world, &task, &kept, 0), None);
    world.server.plan(1, Turn::Kill(Kill::BeforeProcessing));
    assert_eq!(
        world.run(&world.rogue(), &task, &mut kept).name(),
        "unknown"
    );
    assert_eq!(may_run(&world, &task, &kept, 0), Some("may repeat"));
}

#[test]
fn an_operation_goes_on_with_the_files_that_it_began_with() {
    let world = World::new();
    let (task, mut kept) = (Task::delivery(2), world.in_memory());
    world.server.plan(3, Turn::Kill(Kill::AfterProcessing));
    world.run(&world.process(), &task, &mut kept);
    let other = Task {
        content: Content::default(),
        ..Task::delivery(2)
    };
    let before = world.server.state().exchanges;
    let told = world.run(&world.process(), &other, &mut kept);
    assert!(matches!(told, Told::Failed(RunError::Content(_))));
    assert_eq!(world.server.state().exchanges, before);
}
