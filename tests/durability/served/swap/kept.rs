// SPDX-License-Identifier: Apache-2.0
//! What deployments leave behind in a process, counted in its mappings: the machine code of components that nobody serves any more, and memory that a component had taken and no call can reach.
//!
//! In this process, before it has any other runtime: how much of a process is resident depends on much else, these numbers do not.

use std::{fs, ops::Range};

use silta::{Deployment, Runtime};

use super::candidates::{self, IDLE};

/// Different components in service one after the other, twice, and refused in between: more than stay in the runtime.
const COMPONENTS: usize = 40;

/// The most that each component which took all memory may leave out of reach, in KiB: what a slot for calls keeps (`RuntimeBuilder::concurrent_calls`). With 2 MiB it is half as much again as may be, where 16 slots are kept at the least.
const MOST_HIDDEN: usize = 512;

/// The most mappings of machine code that a component may leave while it is kept, and how many components are: those for the next deployment of the same bytes, and the two of the agency.
const MAPPINGS: usize = 2;
const MOST_KEPT: usize = 16 + 2;

/// Serves many components one after the other, and refuses many that take all memory.
pub(super) fn prove() {
    let runtime = Runtime::builder().build().unwrap();
    let before = Mapped::now();
    let serve = |numbers: Range<usize>| {
        for number in numbers {
            let component = Deployment::from_bytes(candidates::serving(number));
            runtime.deploy(IDLE, component).unwrap();
        }
        Mapped::now()
    };
    let swapped = serve(0..COMPONENTS);
    for number in 0..COMPONENTS {
        let bomb = Deployment::from_bytes(candidates::bomb(number));
        let refused = runtime.prepare(IDLE, bomb).unwrap_err().to_string();
        assert!(refused.contains("`memory`"), "{refused}");
    }
    // What these had of a slot is out of reach once others have the slot.
    let refused = serve(COMPONENTS..2 * COMPONENTS);
    let code = [swapped, refused].map(|mapped| mapped.code.saturating_sub(before.code));
    let hidden = refused.hidden.saturating_sub(before.hidden);
    println!(
        "swap: {} components in service, and {COMPONENTS} refused in between that took all memory: {code:?} mappings of machine code more, {hidden} KiB that no call can reach",
        2 * COMPONENTS
    );
    assert!(
        code.iter()
            .all(|code| (1..=MOST_KEPT * MAPPINGS).contains(code))
    );
    // None at all would be none that is seen.
    assert!((1..=COMPONENTS * MOST_HIDDEN).contains(&hidden));
}

/// What is mapped.
#[derive(Clone, Copy, Default)]
struct Mapped {
    /// Mappings that are run and are no file's.
    code: usize,
    /// Resident memory that nobody may read or write, in KiB.
    hidden: usize,
}

impl Mapped {
    fn now() -> Self {
        let all = fs::read_to_string("/proc/self/smaps").unwrap();
        let mut mapped = Self::default();
        let mut is_hidden = false;
        for line in all.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                ["Rss:", kibibytes, _] if is_hidden => {
                    mapped.hidden += kibibytes.parse::<usize>().unwrap();
                }
                // Addresses, what may be done, offset, device, file, and its name where there is one.
                [addresses, access, _, _, _, ..] if addresses.contains('-') => {
                    is_hidden = access.starts_with("---");
                    mapped.code += usize::from(access.starts_with("r-x") && words.len() == 5);
                }
                _ => {}
            }
        }
        mapped
    }
}
