use std::time::{Duration, Instant};

use crate::failure::Failure;

/// How often what does not work is tried again without a change of its files: a certificate may become valid, a place free.
const RETRY: Duration = Duration::from_secs(60);

/// What stands in the way of something that is tried again and again.
#[derive(Default)]
pub(super) struct Trouble(Option<Met>);

struct Met {
    message: String,
    tried: Instant,
}

impl Trouble {
    /// It has not worked. Told is what has not been told the last time.
    pub(super) fn meet(&mut self, failure: &Failure, tell: impl FnOnce(&str, &str)) {
        let message = failure.message().to_owned();
        let is_known = self.0.as_ref().is_some_and(|met| met.message == message);
        if !is_known {
            tell(failure.code(), &message);
        }
        let tried = Instant::now();
        self.0 = Some(Met { message, tried });
    }

    /// It has worked; says whether it had not before.
    pub(super) fn is_over(&mut self) -> bool {
        self.0.take().is_some()
    }

    /// Whether it did not work, long enough ago.
    pub(super) fn is_to_be_tried(&self) -> bool {
        self.0
            .as_ref()
            .is_some_and(|met| met.tried.elapsed() >= RETRY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_told_once() {
        let mut trouble = Trouble::default();
        let mut told = Vec::new();
        for message in ["a", "a", "b", "a"] {
            let failure = Failure::internal("some.code", message);
            trouble.meet(&failure, |code, reason| {
                told.push(format!("{code} {reason}"))
            });
        }
        assert_eq!(told, ["some.code a", "some.code b", "some.code a"]);
        assert!(!trouble.is_to_be_tried());
        assert!(trouble.is_over() && !trouble.is_over());
    }
}
