// SPDX-License-Identifier: Apache-2.0
//! The process that sends ends: where progress is kept, and at every point at which it waits for something.

use super::{
    deliveries::{assert_delivered_once, last},
    journey::{HasKept, Task, Told, World, names, paths},
};

/// Where what is kept cannot be kept, nothing is sent; and whichever was the last that was kept, it goes on from there.
#[test]
fn it_is_delivered_once_wherever_keeping_fails() {
    for has_kept in [HasKept::No, HasKept::Yes] {
        let mut reached = 0;
        for call in 1..100 {
            let world = World::new();
            let task = Task::delivery(2);
            let mut kept = world.in_memory();
            kept.fails = Some((call, has_kept));
            let sent_before = world.run(&world.process(), &task, &mut kept);
            if let Told::Done(outcome) = &sent_before {
                assert!(kept.calls < call);
                assert_delivered_once(&world, outcome, 0);
                break;
            }
            assert_eq!(sent_before.name(), "failed", "{sent_before:?}");
            reached = call;
            kept.fails = None;
            if kept.load().is_some_and(|kept| kept.ended().is_some()) {
                // It was handed over, and that was kept.
                continue;
            }
            let told = world.journey(&task, &mut kept);
            let outcome = last(&told);
            assert_eq!(names(&told), ["done"], "{call} {has_kept:?}");
            // A request whose end was not kept comes once more.
            assert_delivered_once(&world, outcome, 1);
        }
        // Built, begun, over: for each of three exchanges, and once when it is handed over.
        assert_eq!(reached, 10, "{has_kept:?}");
    }
}

/// Before a request is sent, that is kept: if not even that can be done, the agency hears nothing.
#[test]
fn what_is_not_kept_is_not_sent() {
    for call in [1, 2] {
        let world = World::new();
        let task = Task::delivery(2);
        let mut kept = world.in_memory();
        kept.fails = Some((call, HasKept::No));
        let told = world.run(&world.process(), &task, &mut kept);
        assert_eq!(told.name(), "failed");
        assert_eq!(paths(&world), ["/token"]);
    }
}

/// The same in the process that goes on: what was not sent is not counted.
#[test]
fn a_sending_that_could_not_be_kept_is_not_counted() {
    let world = World::new();
    let (task, sender) = (Task::delivery(0), world.process());
    let (mut progress, mut kept) = (task.progress(), world.in_memory());
    kept.fails = Some((2, HasKept::No));
    let run = sender.run(&mut progress, &task.content, &mut kept);
    world.threads.run(run).unwrap_err();
    let attempt = progress.attempt().unwrap();
    assert_eq!((attempt.sendings, attempt.unresolved), (0, 0));
}

#[test]
fn it_is_delivered_once_wherever_the_process_ends() {
    for polls in 0..1000 {
        let world = World::new();
        let task = Task::delivery(2);
        let mut kept = world.in_memory();
        if let Some(told) = world.run_for(polls, &task, &mut kept) {
            assert_eq!(told.name(), "done");
            // It waits for each of three answers at least; how often for the sandbox and for connections, the machine's load decides.
            assert!(polls >= 3, "{polls}");
            return;
        }
        let told = world.journey(&task, &mut kept);
        let outcome = last(&told);
        assert_eq!(names(&told), ["done"], "{polls}");
        assert_delivered_once(&world, outcome, 1);
    }
    panic!("it never ends");
}
