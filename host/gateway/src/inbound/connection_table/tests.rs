use super::*;

fn house(connections: u32, per_address: u32, strangers: u32) -> Arc<House> {
    Arc::new(House::new(&ListenerLimits {
        connections,
        connections_per_address: per_address,
        stranger_connections: strangers,
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
fn make_known(house: &Arc<House>, from: u8, caller: Caller) {
    let seat = house.enter(address(from)).unwrap();
    seat.shows(caller);
    seat.is_accepted(caller);
}

fn is_there(house: &House, seat: &Seat) -> bool {
    house.state().places.contains_key(&seat.id)
}

#[test]
fn the_longest_idle_stranger_goes_first() {
    let house = house(3, 3, 3);
    let known = house.enter(address(1)).unwrap();
    known.shows(certificate(1));
    known.is_accepted(certificate(1));
    let (first, second) = (
        house.enter(address(2)).unwrap(),
        house.enter(address(3)).unwrap(),
    );
    first.shows(Caller::Address(address(2)));
    second.shows(Caller::Address(address(3)));
    // A call makes it the one that has been idle for the shortest time.
    first.begins_call();
    first.is_idle();
    let third = house.enter(address(4)).unwrap();
    assert!(is_there(&house, &first) && !is_there(&house, &second) && is_there(&house, &known));
    assert!(is_there(&house, &third));
    assert_eq!(house.take_closed().idle, 1);
    assert_eq!(house.take_closed(), Closed::default());
}

#[test]
fn what_has_said_nothing_goes_before_what_is_in_its_handshake() {
    let house = house(2, 2, 2);
    let shaking = house.enter(address(1)).unwrap();
    shaking.begins_handshake();
    let silent = house.enter(address(2)).unwrap();
    let _new = house.enter(address(3)).unwrap();
    assert!(is_there(&house, &shaking) && !is_there(&house, &silent));
}

#[test]
fn a_call_whose_body_is_coming_is_closed_after_what_is_idle() {
    let house = house(2, 2, 2);
    let reading = house.enter(address(1)).unwrap();
    reading.begins_call();
    let idle = house.enter(address(2)).unwrap();
    idle.shows(Caller::Address(address(2)));
    let busy = house.enter(address(3)).unwrap();
    assert!(is_there(&house, &reading) && !is_there(&house, &idle));
    busy.begins_call();
    assert!(busy.has_call());
    let new = house.enter(address(4)).unwrap();
    assert!(!is_there(&house, &reading) && is_there(&house, &busy) && is_there(&house, &new));
    // Its body comes too late.
    assert!(!reading.has_call());
    let closed = house.take_closed();
    assert_eq!((closed.idle, closed.reading), (1, 1));
}

#[test]
fn a_slow_stranger_is_closed_before_a_known_caller() {
    let house = house(2, 2, 2);
    make_known(&house, 1, certificate(1));
    let known = house.enter(address(1)).unwrap();
    known.shows(certificate(1));
    let stranger = house.enter(address(2)).unwrap();
    stranger.begins_call();
    let new = house.enter(address(3)).unwrap();
    assert!(is_there(&house, &known) && !is_there(&house, &stranger));
    // A known caller's call is never closed, whole or not.
    known.begins_call();
    assert!(new.has_call());
    assert_eq!(house.enter(address(4)).err(), Some(Full));
    assert!(known.has_call());
}

#[test]
fn slow_strangers_do_not_keep_their_share() {
    let house = house(8, 2, 6);
    let slow: Vec<Seat> = (1..=3)
        .flat_map(|from| [from, from])
        .map(|from| house.enter(address(from)).unwrap())
        .collect();
    slow.iter().for_each(Seat::begins_call);
    let caller = house.enter(address(4)).unwrap();
    caller.shows(certificate(4));
    caller.begins_call();
    assert!(caller.has_call());
    assert!(!is_there(&house, &slow[0]));
    assert!(slow[1..].iter().all(|seat| is_there(&house, seat)));
}

#[test]
fn a_call_that_has_come_whole_is_never_closed_for_another() {
    let house = house(1, 1, 1);
    let busy = house.enter(address(1)).unwrap();
    assert!(busy.has_call());
    assert_eq!(house.enter(address(2)).err(), Some(Full));
    assert_eq!(house.enter(address(1)).err(), Some(Full));
    busy.is_idle();
    assert!(house.enter(address(2)).is_ok());
}

#[test]
fn an_address_has_its_share_and_pays_for_itself() {
    let house = house(10, 2, 10);
    let other = house.enter(address(1)).unwrap();
    let first = house.enter(address(2)).unwrap();
    let second = house.enter(address(2)).unwrap();
    let third = house.enter(address(2)).unwrap();
    assert!(!is_there(&house, &first));
    for seat in [&other, &second, &third] {
        assert!(is_there(&house, seat));
    }
    drop((second, third));
    assert!(!house.state().addresses.contains_key(&address(2)));
}

#[test]
fn strangers_leave_a_share_to_known_callers() {
    let house = house(4, 4, 2);
    make_known(&house, 1, certificate(1));
    let strangers = [
        house.enter(address(2)).unwrap(),
        house.enter(address(3)).unwrap(),
    ];
    assert!(strangers.iter().all(Seat::has_call));
    assert_eq!(house.enter(address(4)).err(), Some(Full));
    // Known by its address before its certificate is seen, and by that afterwards.
    let known = house.enter(address(1)).unwrap();
    assert!(known.is_known());
    known.shows(certificate(1));
    assert!(known.is_known());
    assert_eq!(house.state().strangers, 2);
}

#[test]
fn a_stranger_at_a_known_address_is_found_out() {
    let house = house(4, 4, 1);
    make_known(&house, 1, certificate(1));
    let stranger = house.enter(address(2)).unwrap();
    stranger.shows(certificate(2));
    let intruder = house.enter(address(1)).unwrap();
    assert!(intruder.is_known());
    intruder.shows(certificate(3));
    assert!(!intruder.is_known());
    // There is one too many now, and the one that has been idle for longest goes.
    assert!(!is_there(&house, &stranger) && is_there(&house, &intruder));
    // One that is slow goes before the one that is found out, and one whose call has come whole stays.
    intruder.begins_call();
    let second = house.enter(address(1)).unwrap();
    second.shows(certificate(4));
    assert!(!is_there(&house, &intruder) && is_there(&house, &second));
    assert!(second.has_call());
    let third = house.enter(address(1)).unwrap();
    third.shows(certificate(5));
    assert!(is_there(&house, &second) && is_there(&house, &third));
}

#[test]
fn a_caller_is_known_wherever_it_comes_from() {
    let house = house(4, 4, 4);
    make_known(&house, 1, certificate(1));
    let elsewhere = house.enter(address(9)).unwrap();
    assert!(!elsewhere.is_known());
    elsewhere.shows(certificate(1));
    assert!(elsewhere.is_known());
}

#[test]
fn known_connections_are_closed_for_one_another_only_when_nothing_else_is() {
    let house = house(2, 2, 2);
    make_known(&house, 1, certificate(1));
    let [one, two] = [1, 1].map(|from| house.enter(address(from)).unwrap());
    one.shows(certificate(1));
    two.shows(certificate(1));
    let three = house.enter(address(2)).unwrap();
    assert!(!is_there(&house, &one) && is_there(&house, &two));
    let four = house.enter(address(3)).unwrap();
    assert!(!is_there(&house, &three) && is_there(&house, &four) && is_there(&house, &two));
}
