// SPDX-License-Identifier: Apache-2.0
use proptest::{collection::vec, option, prelude::*, sample::select};

/// Something to ask of two stores. Small numbers stand for keys, names and what was given out before, so that commands meet each other.
#[derive(Debug, Clone)]
pub enum Command {
    /// Keep an arrival: of an agency, with events, documents by size and follow-ups.
    Commit(u8, Vec<u8>, Vec<u32>, Vec<u8>),
    /// Give out so many entries to one, those of an agency or all.
    Lease(u32, Option<u8>),
    /// Acknowledge what was given out, with or without its epoch.
    Acknowledge(usize, bool),
    /// Give it back.
    HandBack(usize, u32),
    /// Make it last longer.
    ExtendLease(usize, u32),
    /// Queue an operation of an agency: lane, poll, delay, idempotency key, size of its payload.
    Submit(u8, Option<u8>, bool, u32, Option<u8>, Option<u32>),
    /// Give out so many operations, of an agency or of all.
    Claim(u32, Option<u8>),
    /// Make a claim last longer.
    Extend(usize, u32),
    /// Keep progress of a size.
    Keep(usize, u32),
    /// Later again.
    Again(usize, u32, Option<u32>),
    /// Hold it.
    Hold(usize),
    /// End it: events, documents, follow-ups, cursor.
    End(usize, Vec<u8>, Vec<u32>, Vec<u8>, Option<u8>),
    /// Decide on what was claimed: resume, or cancel.
    Decide(usize, bool),
    /// Count a call.
    Reserve(u8, u32),
    /// Change what is desired from the revision that is so many behind.
    SetDesired(u64, u8),
    /// Report a node.
    Report(u8),
    /// Record a generation of an agency: size of its component, whether it can serve.
    RecordGeneration(u8, u32, bool),
    /// Put generations of these numbers into service, of each agency or of one, from the revision that is so many behind.
    Serve(u64, u64, Option<u64>),
    /// Remove: by age in seconds of acknowledged ones, their size, that of others, operations and keys.
    Prune(
        Option<u32>,
        Option<u64>,
        Option<u32>,
        Option<u32>,
        Option<u32>,
        u32,
    ),
    /// Set the clock so many seconds forward, or back.
    Clock(i64),
    /// Close and open again.
    Reopen,
}

/// Commands as they come.
pub fn commands(most: usize) -> impl Strategy<Value = Vec<Command>> {
    vec(command(), 1..most)
}

fn command() -> impl Strategy<Value = Command> {
    use Command as C;
    let keys = || vec(0..6_u8, 0..3);
    let agency = || 0..2_u8;
    let sizes = || vec(select(vec![0, 3, 700, 70_000_u32]), 0..2);
    let seconds = || select(vec![0, 1, 30, 60, 300_u32]);
    let taken = || 0..8_usize;
    prop_oneof![
        8 => (agency(), keys(), sizes(), keys()).prop_map(|(a, e, d, f)| C::Commit(a, e, d, f)),
        4 => (0..3_u32, option::of(agency())).prop_map(|(n, a)| C::Lease(n, a)),
        4 => (taken(), any::<bool>()).prop_map(|(t, e)| C::Acknowledge(t, e)),
        2 => (taken(), seconds()).prop_map(|(t, s)| C::HandBack(t, s)),
        1 => (taken(), seconds()).prop_map(|(t, s)| C::ExtendLease(t, s)),
        6 => (agency(), option::of(0..2_u8), any::<bool>(), seconds(), option::of(0..3_u8), option::of(select(vec![1, 70_000_u32])))
            .prop_map(|(a, l, p, d, k, b)| C::Submit(a, l, p, d, k, b)),
        6 => (0..3_u32, option::of(agency())).prop_map(|(n, a)| C::Claim(n, a)),
        1 => (taken(), seconds()).prop_map(|(t, s)| C::Extend(t, s)),
        2 => (taken(), select(vec![2, 70_000_u32])).prop_map(|(t, s)| C::Keep(t, s)),
        3 => (taken(), seconds(), option::of(Just(5_u32))).prop_map(|(t, s, p)| C::Again(t, s, p)),
        1 => taken().prop_map(C::Hold),
        5 => (taken(), keys(), sizes(), keys(), option::of(0..9_u8)).prop_map(|(t, e, d, f, c)| C::End(t, e, d, f, c)),
        2 => (taken(), any::<bool>()).prop_map(|(t, r)| C::Decide(t, r)),
        2 => (agency(), 0..4_u32).prop_map(|(a, n)| C::Reserve(a, n)),
        1 => (0..2_u64, agency()).prop_map(|(b, n)| C::SetDesired(b, n)),
        1 => agency().prop_map(C::Report),
        2 => (agency(), select(vec![5, 6, 70_000_u32]), any::<bool>()).prop_map(|(a, s, r)| C::RecordGeneration(a, s, r)),
        2 => (0..2_u64, 0..5_u64, option::of(0..4_u64)).prop_map(|(b, v, t)| C::Serve(b, v, t)),
        3 => (
            option::of(seconds()), option::of(select(vec![0, 100, 1_000_u64])), option::of(seconds()),
            option::of(seconds()), option::of(seconds()), 0..5_u32,
        ).prop_map(|(a, b, u, e, k, n)| C::Prune(a, b, u, e, k, n)),
        4 => select(vec![-3_600, -1, 1, 30, 61, 400_i64]).prop_map(C::Clock),
        1 => Just(C::Reopen),
    ]
}
