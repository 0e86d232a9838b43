// SPDX-License-Identifier: Apache-2.0
//! A password that is replaced, with the connection and the process ended at every point: the one that is in force is never lost, and there is never a second one to come.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use serde_json::json;

use super::{
    journey::{FIRST, HasKept, Kept, Task, Told, World, names, paths},
    server::{Kill, Turn},
};
use crate::support::{build, json as json_of};

/// A token for the old one, the change, a token for the new one, the proof.
const EXCHANGES: usize = 4;

/// The passwords that requests have offered as the next one.
fn offered(world: &World) -> Vec<String> {
    let journal = world.server.journal();
    let offered = journal.iter().map(|entry| entry.call.text("next"));
    let mut offered: Vec<_> = offered.filter(|next| !next.is_empty()).collect();
    offered.sort();
    offered.dedup();
    offered
}

/// At any moment: the one in force is among those that are kept, and only the owner can read them.
#[track_caller]
fn assert_not_lost(world: &World) {
    let in_force = world.server.state().agency.password.clone();
    let passwords = world.passwords();
    let next = passwords.next.clone();
    let known = [Some(passwords.current.clone()), next];
    let is_known = known.iter().flatten().any(|it| *it == in_force.as_bytes());
    assert!(is_known, "the password in force is lost");
    #[cfg(unix)]
    if let Ok(found) = std::fs::metadata(world.password_path()) {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(found.permissions().mode() & 0o777, 0o600);
    }
}

/// At the end: one change, the new password is the current one, and the old one is accepted for a while.
#[track_caller]
fn assert_changed_once(world: &World) {
    assert_not_lost(world);
    assert_eq!(offered(world).len(), 1, "more than one next password");
    let passwords = world.passwords();
    let state = world.server.state();
    assert_eq!(passwords.current, state.agency.password.as_bytes());
    assert_eq!(passwords.next, None);
    assert_eq!(passwords.earlier, [FIRST.as_bytes()]);
    assert_eq!(state.agency.replaced, [FIRST]);
    drop(state);
    // And it works.
    let told = world.journey(&Task::delivery(0), &mut world.in_memory());
    assert_eq!(names(&told), ["done"]);
}

#[test]
fn a_password_is_replaced_once_the_check_has_succeeded() {
    let world = World::new();
    let told = world.journey(&Task::plain("change-password"), &mut world.in_memory());
    let [Told::Done(outcome)] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!(outcome.events.len(), 1);
    assert_eq!(paths(&world), ["/token", "/password", "/token", "/account"]);
    assert_changed_once(&world);
}

/// The next run has what was kept, or nothing: the operation is begun anew.
fn wherever_a_connection_ends(forget: fn(&mut Kept)) {
    for exchange in 1..=EXCHANGES {
        for kill in Kill::ALL {
            let world = World::new();
            world.server.plan(exchange, Turn::Kill(kill));
            let (task, mut kept) = (Task::plain("change-password"), world.in_file());
            let told = world.run(&world.process(), &task, &mut kept);
            let expected = match kill.is_before_request() {
                true => "not sent",
                false => "unknown",
            };
            assert_eq!(told.name(), expected, "{exchange} {kill:?}");
            assert_not_lost(&world);
            // Meanwhile both are accepted.
            let meanwhile = world.passwords();
            assert_eq!(meanwhile.current, FIRST.as_bytes());
            assert!(meanwhile.next.is_some());
            forget(&mut kept);
            let told = world.journey(&task, &mut kept);
            assert_eq!(names(&told), ["done"], "{exchange} {kill:?}");
            assert_changed_once(&world);
        }
    }
}

#[test]
fn it_is_replaced_once_wherever_a_connection_ends() {
    wherever_a_connection_ends(|_| ());
}

#[test]
fn it_is_replaced_once_though_the_state_is_lost() {
    wherever_a_connection_ends(Kept::forget);
}

/// The check of the run after the first ends as well.
#[test]
fn it_is_replaced_once_though_the_check_of_what_holds_ends_too() {
    for first in [Kill::BeforeProcessing, Kill::AfterProcessing] {
        for exchange in 1..=2 {
            for kill in Kill::ALL {
                let world = World::new();
                world.server.plan(2, Turn::Kill(first));
                let (task, mut kept) = (Task::plain("change-password"), world.in_memory());
                world.run(&world.process(), &task, &mut kept);
                world.server.plan(exchange, Turn::Kill(kill));
                world.run(&world.process(), &task, &mut kept);
                assert_not_lost(&world);
                let told = world.journey(&task, &mut kept);
                assert_eq!(told.last().unwrap().name(), "done", "{told:?}");
                assert_changed_once(&world);
            }
        }
    }
}

#[test]
fn it_is_replaced_once_wherever_keeping_fails() {
    for has_kept in [HasKept::No, HasKept::Yes] {
        for call in 1..100 {
            let world = World::new();
            let (task, mut kept) = (Task::plain("change-password"), world.in_memory());
            kept.fails = Some((call, has_kept));
            let told = world.run(&world.process(), &task, &mut kept);
            assert_not_lost(&world);
            kept.fails = None;
            if told.name() == "done" {
                assert!(call > 3);
                break;
            }
            if kept.load().is_some_and(|kept| kept.ended().is_some()) {
                assert_changed_once(&world);
                continue;
            }
            let told = world.journey(&task, &mut kept);
            assert_eq!(told.last().unwrap().name(), "done", "{told:?}");
            assert_changed_once(&world);
        }
    }
}

#[test]
fn it_is_replaced_once_wherever_the_process_ends() {
    for polls in 0..1000 {
        let world = World::new();
        let (task, mut kept) = (Task::plain("change-password"), world.in_memory());
        if let Some(told) = world.run_for(polls, &task, &mut kept) {
            assert_eq!(told.name(), "done");
            // Each of three answers at least is waited for; the rest depends on the load of the machine.
            assert!(polls >= 3, "{polls}");
            return;
        }
        assert_not_lost(&world);
        let told = world.journey(&task, &mut kept);
        assert_eq!(names(&told), ["done"], "{polls}");
        assert_changed_once(&world);
    }
    panic!("it never ends");
}

/// The state of an operation whose password came into force by another run: it makes no further one, and sends nothing.
#[test]
fn an_old_state_replaces_nothing() {
    let world = World::new();
    world.server.plan(2, Turn::Kill(Kill::AfterProcessing));
    let (task, mut old) = (Task::plain("change-password"), world.in_memory());
    assert_eq!(
        names(&[world.run(&world.process(), &task, &mut old)]),
        ["unknown"]
    );
    let told = world.journey(&task, &mut world.in_memory());
    assert_eq!(names(&told), ["done"]);
    let before = world.server.state().exchanges;
    let told = world.journey(&task, &mut old);
    let [Told::Done(outcome)] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!(outcome.code, "secret-in-force");
    assert_eq!(world.server.state().exchanges, before);
    assert_changed_once(&world);
}

#[test]
fn a_password_that_the_agency_refuses_stays_pending() {
    let world = World::new();
    let refusal = super::agency::Answer::new(400, serde_json::json!({ "code": "no" }));
    world.server.plan(2, Turn::Answer(refusal));
    let (task, mut kept) = (Task::plain("change-password"), world.in_memory());
    let told = world.run(&world.process(), &task, &mut kept);
    assert!(matches!(&told, Told::Refused(code) if code == "no"));
    assert_not_lost(&world);
    assert_eq!(names(&world.journey(&task, &mut kept)), ["done"]);
    assert_changed_once(&world);
}

/// Whatever is run next finds out which password holds.
#[test]
fn a_delivery_finds_out_that_the_password_was_replaced() {
    for kill in [Kill::BeforeProcessing, Kill::AfterProcessing] {
        let world = World::new();
        world.server.plan(2, Turn::Kill(kill));
        let (task, mut kept) = (Task::plain("change-password"), world.in_memory());
        world.run(&world.process(), &task, &mut kept);
        let told = world.journey(&Task::delivery(2), &mut world.in_memory());
        assert_eq!(names(&told), ["done"], "{kill:?}");
        assert_not_lost(&world);
        let is_replaced = kill == Kill::AfterProcessing;
        assert_eq!(world.passwords().next.is_none(), is_replaced);
        assert_eq!(names(&world.journey(&task, &mut kept)), ["done"]);
        assert_changed_once(&world);
    }
}

/// A component that compares is told yes for both while one replaces the other, and for the old one for a while after.
#[test]
fn both_passwords_are_accepted_while_one_replaces_the_other() {
    let world = World::new();
    world.server.plan(2, Turn::Kill(Kill::AfterProcessing));
    let (task, mut kept) = (Task::plain("change-password"), world.in_memory());
    world.run(&world.process(), &task, &mut kept);
    let next = String::from_utf8(world.passwords().next.clone().unwrap()).unwrap();
    let guess = |text: &str| {
        let parameters = json!({ "role": "rotating", "text": text });
        let built = build(&world.comparing(), "guess", parameters);
        json_of(&built.unwrap()) == true
    };
    let accepted = || [FIRST, &next, "another"].map(guess);
    assert_eq!(accepted(), [true, true, false]);
    world.journey(&task, &mut kept);
    assert_eq!(accepted(), [true, true, false]);
}

/// Whoever obtains a token for the old password while the new one is checked must not prove the new one.
#[test]
fn a_check_is_not_proved_by_somebody_else_s_token() {
    let world = World::new();
    world.server.plan(2, Turn::Kill(Kill::BeforeProcessing));
    let (task, mut kept) = (Task::plain("change-password"), world.in_memory());
    let sender = world.process();
    assert_eq!(world.run(&sender, &task, &mut kept).name(), "unknown");
    // The agency has the old one. Every change is lost on the way, so that each run checks the new one in vain.
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !is_over.load(Ordering::SeqCst) {
                    let told = world.run(&sender, &Task::plain("list"), &mut world.in_memory());
                    assert_ne!(told.name(), "failed", "{told:?}");
                }
            });
        }
        for _ in 0..8 {
            world.server.state().agency.answers_changes = false;
            world.run(&sender, &task, &mut kept);
        }
        // Whatever has come of it: nobody waits for those who list.
        is_over.store(true, Ordering::SeqCst);
    });
    assert_eq!(world.passwords().current, FIRST.as_bytes());
    world.server.state().agency.answers_changes = true;
    let told = world.journey(&task, &mut kept);
    assert_eq!(told.last().unwrap().name(), "done", "{told:?}");
    assert_changed_once(&world);
}

#[test]
fn two_at_once_replace_it_one_after_the_other() {
    let world = World::new();
    let sender = world.process();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let task = Task::plain("change-password");
                let told = world.run(&sender, &task, &mut world.in_memory());
                assert_eq!(told.name(), "done", "{told:?}");
            });
        }
    });
    assert_not_lost(&world);
    let passwords = world.passwords();
    let state = world.server.state();
    assert_eq!(passwords.current, state.agency.password.as_bytes());
    assert_eq!(
        (passwords.next.clone(), state.agency.replaced.len()),
        (None, 2)
    );
    assert_eq!(passwords.earlier.len(), 2);
}
