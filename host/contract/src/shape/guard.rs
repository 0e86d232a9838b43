// SPDX-License-Identifier: Apache-2.0
//! Panics that are caught and no defects of this program.

use std::{
    cell::Cell,
    panic::{self, UnwindSafe},
};

thread_local! {
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread reads a foreign component at the moment. A panic is caught then, and tells that the component is of another making: a program's panic hook has nothing to say of it.
pub fn is_guarded() -> bool {
    IS_GUARDED.get()
}

/// What something returns; `None` where it panics.
pub(super) fn caught<T>(read: impl FnOnce() -> T + UnwindSafe) -> Option<T> {
    IS_GUARDED.set(true);
    let read = panic::catch_unwind(read);
    IS_GUARDED.set(false);
    read.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_guarded_while_it_reads_and_no_longer() {
        assert!(!is_guarded());
        assert_eq!(caught(is_guarded), Some(true));
        assert_eq!(
            caught(|| -> u8 { panic!("at a type of another making") }),
            None
        );
        assert!(!is_guarded());
    }
}
