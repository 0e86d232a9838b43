// SPDX-License-Identifier: Apache-2.0
use std::sync::mpsc::{Receiver, Sender, channel};

use super::*;

/// Longer than any test.
const LONG: Duration = Duration::from_secs(3600);

type Turns = (Sender<(char, bool)>, Receiver<(char, bool)>);

/// One that tells its name, and whether its turn came in time.
fn in_line(name: char, turns: &Turns, until: Instant) -> InLine {
    let tell = turns.0.clone();
    InLine {
        until,
        work: Box::new(move |turn| tell.send((name, turn.is_ok())).unwrap()),
    }
}

fn wait(queue: &Arc<CallQueue>, name: char, turns: &Turns) -> Ticket {
    let in_line = in_line(name, turns, Instant::now() + LONG);
    queue.places().wait(name == 'k', in_line, queue)
}

/// Whose turns there were, those that came too late in capitals.
fn turns(turns: &Turns) -> String {
    let turns = turns.1.try_iter();
    turns
        .map(|(name, in_time)| {
            if in_time {
                name
            } else {
                name.to_ascii_uppercase()
            }
        })
        .collect()
}

/// A stranger's call in the only place ends, and this thread does what follows.
fn end(queue: &CallQueue) {
    queue.places().take(false);
    queue.work(false, Box::new(|_| {}));
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().build().unwrap().block_on(future)
}

#[test]
fn strangers_leave_a_quarter_of_the_places() {
    let queue = CallQueue::new(4);
    let mut places = queue.places();
    for _ in 0..3 {
        assert!(places.has_room(false, &queue));
        places.take(false);
    }
    assert!(!places.has_room(false, &queue) && places.has_room(true, &queue));
    places.give_back(false, Duration::ZERO);
    assert!(places.has_room(false, &queue));
}

#[test]
fn known_callers_go_first_and_every_fourth_place_is_a_strangers() {
    let (queue, seen) = (Arc::new(CallQueue::new(1)), channel());
    let tickets: Vec<_> = "sskkkkkkk"
        .chars()
        .map(|name| wait(&queue, name, &seen))
        .collect();
    end(&queue);
    assert_eq!(turns(&seen), "kkkskkksk");
    assert_eq!(queue.places().taken, 0);
    drop(tickets);
}

#[test]
fn whoever_has_left_and_whoever_is_too_late_has_no_turn() {
    let (queue, seen) = (Arc::new(CallQueue::new(1)), channel());
    let gone = wait(&queue, 'k', &seen);
    let late = in_line('l', &seen, Instant::now());
    let _late = queue.places().wait(true, late, &queue);
    let _waits = wait(&queue, 's', &seen);
    drop(gone);
    end(&queue);
    // Told that it is too late before anything else is done.
    assert_eq!(turns(&seen), "Ls");
    let places = queue.places();
    assert_eq!((places.taken, places.taken_by_strangers), (0, 0));
}

#[test]
fn what_would_wait_too_long_is_refused_at_once() {
    let (queue, seen) = (Arc::new(CallQueue::new(2)), channel());
    // As if calls took ten seconds each.
    queue.places().held = Duration::from_secs(10);
    let mut tickets = Vec::new();
    for ahead in 0..3 {
        let expected = queue.places().expected(true, &queue);
        assert_eq!(expected, Duration::from_secs(5 * ahead));
        tickets.push(wait(&queue, 'k', &seen));
    }
    // Three known ones go before a stranger.
    assert_eq!(
        queue.places().expected(false, &queue),
        Duration::from_secs(15)
    );
    for _ in 0..2 {
        queue.places().take(true);
    }
    let begin = |longest_wait| {
        let in_line = in_line('k', &seen, Instant::now() + longest_wait);
        queue.begin_or_wait(true, longest_wait, in_line).map(drop)
    };
    assert_eq!(begin(Duration::from_secs(14)), Err(NotDone::NoPlaceInTime));
    assert_eq!(begin(Duration::from_secs(15)), Ok(()));
    tickets.clear();
    assert_eq!(queue.places().expected(true, &queue), Duration::ZERO);
}

#[test]
fn nobody_waits_for_longer_than_it_may() {
    let queue = Arc::new(CallQueue::new(1));
    queue.places().take(true);
    let waited = block_on(queue.run(true, Duration::from_millis(20), || ()));
    assert_eq!(waited, Err(NotDone::NoPlaceInTime));
    assert!(queue.places().known.is_empty());
}

#[test]
fn a_panic_is_told_and_leaves_its_place() {
    let queue = Arc::new(CallQueue::new(1));
    block_on(async {
        let panicked = queue.run(true, LONG, || panic!("as a test")).await;
        assert_eq!(panicked, Err::<(), _>(NotDone::Panicked));
        assert_eq!(queue.run(false, LONG, || 7).await, Ok(7));
    });
}
