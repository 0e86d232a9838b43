// SPDX-License-Identifier: Apache-2.0
use super::*;

fn table(connections: u32, per_address: u32, strangers: u32) -> Arc<ConnectionTable> {
    Arc::new(ConnectionTable::new(&ListenerLimits {
        connections,
        connections_per_address: Some(per_address),
        stranger_connections: Some(strangers),
        ..ListenerLimits::default()
    }))
}

fn address(last: u8) -> Address {
    std::net::IpAddr::from([192, 0, 2, last]).into()
}

fn certificate(number: u8) -> Caller {
    Caller::Certificate([number; 32])
}

/// A caller whose calls have been accepted, and who has gone again.
fn make_known(table: &Arc<ConnectionTable>, from: u8, caller: Caller) {
    let registration = table.register(address(from)).unwrap();
    registration.identify(caller);
    registration.call_accepted(caller);
}

fn is_there(table: &ConnectionTable, registration: &Registration) -> bool {
    table.inner().connections.contains_key(&registration.id)
}

#[test]
fn the_longest_idle_stranger_goes_first() {
    let table = table(3, 3, 3);
    let known = table.register(address(1)).unwrap();
    known.identify(certificate(1));
    known.call_accepted(certificate(1));
    let (first, second) = (
        table.register(address(2)).unwrap(),
        table.register(address(3)).unwrap(),
    );
    first.identify(Caller::Address(address(2)));
    second.identify(Caller::Address(address(3)));
    // A call makes it the one that has been idle for the shortest time.
    first.start_call();
    first.set_idle();
    let third = table.register(address(4)).unwrap();
    assert!(is_there(&table, &first) && !is_there(&table, &second) && is_there(&table, &known));
    assert!(is_there(&table, &third));
    assert_eq!(table.take_evicted().idle, 1);
    assert_eq!(table.take_evicted(), Evicted::default());
}

#[test]
fn what_has_said_nothing_goes_before_what_is_in_its_handshake() {
    let table = table(2, 2, 2);
    let shaking = table.register(address(1)).unwrap();
    shaking.start_handshake();
    let silent = table.register(address(2)).unwrap();
    let _new = table.register(address(3)).unwrap();
    assert!(is_there(&table, &shaking) && !is_there(&table, &silent));
}

#[test]
fn a_call_whose_body_is_coming_is_closed_after_what_is_idle() {
    let table = table(2, 2, 2);
    let reading = table.register(address(1)).unwrap();
    reading.start_call();
    let idle = table.register(address(2)).unwrap();
    idle.identify(Caller::Address(address(2)));
    let busy = table.register(address(3)).unwrap();
    assert!(is_there(&table, &reading) && !is_there(&table, &idle));
    busy.start_call();
    assert!(busy.call_received());
    let new = table.register(address(4)).unwrap();
    assert!(!is_there(&table, &reading) && is_there(&table, &busy) && is_there(&table, &new));
    // Its body comes too late.
    assert!(!reading.call_received());
    let evicted = table.take_evicted();
    assert_eq!((evicted.idle, evicted.reading), (1, 1));
}

#[test]
fn a_slow_stranger_is_closed_before_a_known_caller() {
    let table = table(2, 2, 2);
    make_known(&table, 1, certificate(1));
    let known = table.register(address(1)).unwrap();
    known.identify(certificate(1));
    let stranger = table.register(address(2)).unwrap();
    stranger.start_call();
    let new = table.register(address(3)).unwrap();
    assert!(is_there(&table, &known) && !is_there(&table, &stranger));
    // A known caller's call is never closed, whole or not.
    known.start_call();
    assert!(new.call_received());
    assert_eq!(table.register(address(4)).err(), Some(TableFull));
    assert!(known.call_received());
}

#[test]
fn slow_strangers_do_not_keep_their_share() {
    let table = table(8, 2, 6);
    let slow: Vec<Registration> = (1..=3)
        .flat_map(|from| [from, from])
        .map(|from| table.register(address(from)).unwrap())
        .collect();
    slow.iter().for_each(Registration::start_call);
    let caller = table.register(address(4)).unwrap();
    caller.identify(certificate(4));
    caller.start_call();
    assert!(caller.call_received());
    assert!(!is_there(&table, &slow[0]));
    assert!(
        slow[1..]
            .iter()
            .all(|registration| is_there(&table, registration))
    );
}

#[test]
fn an_address_with_few_connections_is_not_shut_out_by_those_with_many() {
    let table = table(9, 3, 9);
    let mut many: Vec<Registration> = (1..=3)
        .flat_map(|from| [from; 3])
        .map(|from| table.register(address(from)).unwrap())
        .collect();
    many.iter().for_each(Registration::start_call);
    // It has not begun TLS, and is the only one of its address.
    let caller = table.register(address(4)).unwrap();
    for number in 0..100 {
        many.push(table.register(address(1 + number % 3)).unwrap());
    }
    assert!(is_there(&table, &caller));
    let number_of = |from| table.inner().addresses[&address(from)].number;
    assert_eq!((1..=4).map(number_of).sum::<usize>(), 9);
    // Among addresses with as many, the least useful connection goes, as long as it is not known.
    make_known(&table, 4, certificate(4));
    caller.identify(certificate(4));
    drop(many);
    let others: Vec<_> = (5..13)
        .map(|from| table.register(address(from)).unwrap())
        .collect();
    others[1..].iter().for_each(Registration::start_handshake);
    let _new = table.register(address(13)).unwrap();
    assert!(!is_there(&table, &others[0]) && is_there(&table, &caller));
}

#[test]
fn a_call_that_has_come_whole_is_never_closed_for_another() {
    let table = table(1, 1, 1);
    let busy = table.register(address(1)).unwrap();
    assert!(busy.call_received());
    assert_eq!(table.register(address(2)).err(), Some(TableFull));
    assert_eq!(table.register(address(1)).err(), Some(TableFull));
    busy.set_idle();
    assert!(table.register(address(2)).is_ok());
}

#[test]
fn an_address_has_its_share_and_pays_for_itself() {
    let table = table(10, 2, 10);
    let other = table.register(address(1)).unwrap();
    let first = table.register(address(2)).unwrap();
    let second = table.register(address(2)).unwrap();
    let third = table.register(address(2)).unwrap();
    assert!(!is_there(&table, &first));
    for registration in [&other, &second, &third] {
        assert!(is_there(&table, registration));
    }
    drop((second, third));
    assert!(!table.inner().addresses.contains_key(&address(2)));
}

#[test]
fn strangers_leave_a_share_to_known_callers() {
    let table = table(4, 4, 2);
    make_known(&table, 1, certificate(1));
    let strangers = [
        table.register(address(2)).unwrap(),
        table.register(address(3)).unwrap(),
    ];
    assert!(strangers.iter().all(Registration::call_received));
    assert_eq!(table.register(address(4)).err(), Some(TableFull));
    // Known by its address before its certificate is seen, and by that afterwards.
    let known = table.register(address(1)).unwrap();
    assert!(known.is_known());
    known.identify(certificate(1));
    assert!(known.is_known());
    assert_eq!(table.inner().strangers, 2);
}

#[test]
fn a_stranger_at_a_known_address_is_found_out() {
    let table = table(4, 4, 1);
    make_known(&table, 1, certificate(1));
    let stranger = table.register(address(2)).unwrap();
    stranger.identify(certificate(2));
    let intruder = table.register(address(1)).unwrap();
    assert!(intruder.is_known());
    intruder.identify(certificate(3));
    assert!(!intruder.is_known());
    // There is one too many now, and the one that has been idle for longest goes.
    assert!(!is_there(&table, &stranger) && is_there(&table, &intruder));
    // One that is slow goes before the one that is found out, and one whose call has come whole stays.
    intruder.start_call();
    let second = table.register(address(1)).unwrap();
    second.identify(certificate(4));
    assert!(!is_there(&table, &intruder) && is_there(&table, &second));
    assert!(second.call_received());
    let third = table.register(address(1)).unwrap();
    third.identify(certificate(5));
    assert!(is_there(&table, &second) && is_there(&table, &third));
}

#[test]
fn a_caller_is_known_wherever_it_comes_from() {
    let table = table(4, 4, 4);
    make_known(&table, 1, certificate(1));
    let elsewhere = table.register(address(9)).unwrap();
    assert!(!elsewhere.is_known());
    elsewhere.identify(certificate(1));
    assert!(elsewhere.is_known());
}

#[test]
fn known_connections_are_closed_for_one_another_only_when_nothing_else_is() {
    let table = table(2, 2, 2);
    make_known(&table, 1, certificate(1));
    let [one, two] = [1, 1].map(|from| table.register(address(from)).unwrap());
    one.identify(certificate(1));
    two.identify(certificate(1));
    let three = table.register(address(2)).unwrap();
    assert!(!is_there(&table, &one) && is_there(&table, &two));
    let four = table.register(address(3)).unwrap();
    assert!(!is_there(&table, &three) && is_there(&table, &four) && is_there(&table, &two));
}
