// SPDX-License-Identifier: Apache-2.0
/// Whether files have changed since they were read, and have come to rest.
pub(super) struct Changes<S> {
    /// How they were when they were last read.
    read: S,
    /// How they were when they were last looked at, if that is otherwise.
    seen: Option<S>,
}

/// What a look at files shows.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// They are as they were read.
    None,
    /// They are being changed: one is written, or one of two that belong together.
    Settling,
    /// They have changed, and are to be read. This is told once.
    Settled,
}

impl<S: PartialEq> Changes<S> {
    /// Files that are read right after they were like this.
    pub(super) fn since(read: S) -> Self {
        Self { read, seen: None }
    }

    /// Looks at files that are like this now.
    pub(super) fn look(&mut self, now: S) -> Change {
        if now == self.read {
            self.seen = None;
            return Change::None;
        }
        if self.seen.as_ref() == Some(&now) {
            self.read = now;
            self.seen = None;
            return Change::Settled;
        }
        self.seen = Some(now);
        Change::Settling
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_once_and_at_rest() {
        let mut changes = Changes::since(1);
        let mut look = |now| changes.look(now);
        assert_eq!(look(1), Change::None);
        assert_eq!(look(2), Change::Settling);
        assert_eq!(look(3), Change::Settling);
        assert_eq!(look(3), Change::Settled);
        assert_eq!(look(3), Change::None);
        // Taken back before anybody has read it.
        assert_eq!(look(4), Change::Settling);
        assert_eq!(look(3), Change::None);
        assert_eq!(look(4), Change::Settling);
        assert_eq!(look(4), Change::Settled);
    }
}
