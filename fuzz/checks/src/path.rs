// SPDX-License-Identifier: Apache-2.0
//! Certification paths with certificates, lists and anchors that somebody has changed.
//!
//! An input is edits of a small world of authorities: extensions put in and taken out, names and dates exchanged, entries of lists, single
//! bytes. After that all is signed by those who have to, so that what is changed is also judged.

mod der;
mod world;

use crate::choices::Choices;
use crate::trust::path::{
    Anchor, IdentifyError, Judgement, Judges, PolicyDemands, Purpose, RevocationList, Tolerance,
    check_size, is_list_signer, judge,
};

use world::World;

/// 2026-02-02.
const NOW: i64 = 1_770_000_000;

/// Certificates beside the end, and bytes of all, that are looked at.
const MOST: (usize, usize) = (4, 12 * 1024);

/// Panics unless
///
/// * what is not changed is accepted;
/// * neither the order of certificates nor that of lists matters, nor a certificate shown twice;
/// * a judgement is the same at both ends of the time for which it is said to hold;
/// * an end with any byte changed after it was signed is refused;
/// * an end that a list of its issuer names is refused as revoked;
/// * more certificates than are looked at are refused before anything is asked of them.
pub fn check(input: &[u8]) {
    let mut choices = Choices::new(input);
    let at = choices.short().unwrap_or_default();
    let world = World::edited(&mut choices);
    let Some(judges) = judges(&world, false) else {
        assert!(world.is_edited, "what is not changed can be used");
        return;
    };
    let judged = of(&judges, &world.end, &world.others);
    assert!(
        world.is_edited || judged.result.is_ok(),
        "{:?}",
        judged.result
    );
    check_orders(&world, &judges, &judged);
    check_window(&world, &judges, &judged);
    if judged.result.is_ok() {
        check_change(&world, &judges, at);
        check_revocation(&world);
    }
    check_limits(&world, &judges);
}

fn of(judges: &Judges, end: &[u8], others: &[Vec<u8>]) -> Judgement {
    judge(judges, end, others, Purpose::TlsClient, NOW)
}

/// `None` if the operator's files would be refused.
fn judges(world: &World, reversed: bool) -> Option<Judges> {
    let anchor = Anchor::read(&world.anchor).ok()?;
    if !is_list_signer(&world.signer) {
        return None;
    }
    let lists = world.lists.iter().map(|list| RevocationList::read(list));
    let lists: Result<Vec<_>, _> = lists.collect();
    let mut lists = lists.ok()?;
    if reversed {
        lists.reverse();
    }
    Some(Judges {
        anchors: vec![anchor],
        lists,
        list_signers: vec![world.signer.clone()],
        demands: PolicyDemands::default(),
        tolerance: Tolerance {
            certificates: 60,
            lists: 0,
        },
    })
}

/// Only a limit may be met earlier in another order.
fn is_limit(judged: &Judgement) -> bool {
    judged.result == Err(IdentifyError::TooManyCertificates)
}

fn check_orders(world: &World, judges: &Judges, judged: &Judgement) {
    let mut others = world.others.clone();
    others.reverse();
    others.extend(world.others.first().cloned());
    let reversed = self::judges(world, true);
    let reversed = reversed
        .as_ref()
        .map(|judges| of(judges, &world.end, &world.others));
    for other in reversed
        .into_iter()
        .chain([of(judges, &world.end, &others)])
    {
        assert!(
            other.result.is_ok() == judged.result.is_ok() || is_limit(&other) || is_limit(judged),
            "{:?} and {:?}",
            judged.result,
            other.result
        );
    }
}

fn check_window(world: &World, judges: &Judges, judged: &Judgement) {
    assert!(judged.from <= NOW && NOW < judged.until);
    for at in [judged.from, judged.until - 1] {
        let then = judge(judges, &world.end, &world.others, Purpose::TlsClient, at);
        assert_eq!(then.result, judged.result, "at {at}");
    }
}

fn check_change(world: &World, judges: &Judges, at: usize) {
    let mut end = world.end.clone();
    let place = at.checked_rem(end.len()).unwrap_or(0);
    if let Some(byte) = end.get_mut(place) {
        *byte ^= 1 << (at % 8);
    }
    let changed = of(judges, &end, &world.others);
    assert!(changed.result.is_err(), "byte {place} does not matter");
}

fn check_revocation(world: &World) {
    if !world.certificates_are_as_made {
        return;
    }
    let Some(mut judges) = judges(world, false) else {
        return;
    };
    let list = RevocationList::read(&world.revoking());
    judges.lists.extend(list);
    let judged = of(&judges, &world.end, &world.others);
    assert_eq!(judged.result, Err(IdentifyError::Revoked));
}

fn check_limits(world: &World, judges: &Judges) {
    let (most, bytes) = MOST;
    let many = vec![world.end.clone(); most + 1];
    let long = [vec![0; bytes]];
    for others in [&many[..], &long] {
        let refused = check_size(&world.end, others);
        assert_eq!(refused, Err(IdentifyError::TooManyCertificates));
    }
    // Whoever asks all the same is told in time.
    let _ = of(judges, &world.end, &many);
}
