//! `clock`, `ids`, `log`, `settings`: the small imports.

use finnish_ids::mask_personal_codes;

use crate::{
    bindings::silta::agency::{clock, ids, log, settings},
    call::CallState,
    call::limits::{Limit, LimitExceeded},
    call::rehearsal,
    convert,
    observe::LogLevel,
};

impl clock::Host for CallState {
    fn now(&mut self) -> wasmtime::Result<clock::Instant> {
        Ok(convert::instant(self.now))
    }
}

impl ids::Host for CallState {
    fn uuid(&mut self) -> wasmtime::Result<String> {
        Ok(if self.is_self_test() {
            rehearsal::UUID.to_owned()
        } else {
            self.generation.services.ids.uuid()
        })
    }

    fn compact(&mut self) -> wasmtime::Result<String> {
        Ok(if self.is_self_test() {
            rehearsal::COMPACT_ID.to_owned()
        } else {
            self.generation.services.ids.compact()
        })
    }
}

impl log::Host for CallState {
    fn write(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        let cost = message.len() as u64 + LINE_OVERHEAD;
        let (asked, allowed) = (self.log_bytes.saturating_add(cost), self.limits().log_bytes);
        if asked > allowed {
            return Err(LimitExceeded {
                limit: Limit::LogBytes,
                allowed,
                asked: Some(asked),
            }
            .into());
        }
        self.log_bytes = asked;
        let level = match level {
            log::Level::Debug => LogLevel::Debug,
            log::Level::Info => LogLevel::Info,
            log::Level::Warning => LogLevel::Warning,
            log::Level::Error => LogLevel::Error,
        };
        let line = shortened(message).replace(char::is_control, " ");
        self.generation
            .services
            .observer
            .logged(&self.id, level, &mask_personal_codes(&line));
        Ok(())
    }
}

impl settings::Host for CallState {
    fn read(&mut self) -> wasmtime::Result<String> {
        let settings = self.self_test_settings.as_ref();
        Ok(settings.unwrap_or(&self.generation.settings).clone())
    }
}

/// What a line costs beside its text: time, level, agency, generation and operation stand before it wherever it is kept.
const LINE_OVERHEAD: u64 = 128;

/// Bytes of a line that are kept: with what stands before it, it stays below 2 KiB.
const LONGEST_LINE: usize = 1600;

/// The beginning of a line that is too long, and how much of it is left out.
fn shortened(mut line: String) -> String {
    if line.len() > LONGEST_LINE {
        let kept = line.floor_char_boundary(LONGEST_LINE);
        let left_out = line.len() - kept;
        line.truncate(kept);
        line.push_str(&format!("… [{left_out} bytes left out]"));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_cut_between_characters_and_say_so() {
        let longest = "x".repeat(LONGEST_LINE);
        assert_eq!(shortened(longest.clone()), longest);
        let cut = shortened("ä".repeat(LONGEST_LINE) + "b");
        assert!(cut.ends_with("ä… [1601 bytes left out]"), "{cut}");
        assert!(cut.len() < LONGEST_LINE + 40);
        let odd = shortened("b".to_owned() + &"ä".repeat(LONGEST_LINE));
        assert!(odd.contains("[1602 bytes left out]"), "{odd}");
    }
}
