//! `clock`, `ids`, `log`, `settings`: the small imports.

use finnish_ids::mask_personal_codes;

use crate::{
    bindings::silta::agency::{clock, ids, log, settings},
    call::CallState,
    convert,
    limits::{Limit, LimitExceeded},
    observe::LogLevel,
    rehearsal,
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
        // An empty line counts too, or there would be no end of them.
        let (asked, allowed) = (
            self.log_bytes.saturating_add(message.len() as u64 + 1),
            self.limits().log_bytes,
        );
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
        let line = message.replace(char::is_control, " ");
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
