// SPDX-License-Identifier: Apache-2.0
//! `clock`, `ids`, `log`, `settings`: the small imports.

use finnish_ids::mask_personal_codes;
use wasmtime::component::HasData;

use super::View;
use crate::{
    bindings::silta::agency::{clock, ids, log, settings},
    call::state::{CallState, Meter},
    convert, form,
};

/// Time, identifiers, log and settings of a call.
pub(super) struct Host<'a> {
    view: View<'a>,
    log_bytes: &'a mut Meter,
}

impl<'a> Host<'a> {
    pub(super) fn of(state: &'a mut CallState) -> Self {
        Self {
            view: View::new(&state.environment, &mut state.trace),
            log_bytes: &mut state.log_bytes,
        }
    }
}

impl HasData for Host<'static> {
    type Data<'a> = Host<'a>;
}

impl clock::Host for Host<'_> {
    fn now(&mut self) -> wasmtime::Result<clock::Instant> {
        self.view.enter("clock.now");
        if let Some(recorded) = self.view.scripted(Vec::new, form::read_instant)? {
            return Ok(recorded);
        }
        let now = self.view.trace.now;
        self.view.answered(|| 0, || (Vec::new(), form::moment(now)));
        Ok(convert::instant(now))
    }
}

impl ids::Host for Host<'_> {
    fn uuid(&mut self) -> wasmtime::Result<String> {
        self.view.enter("ids.uuid");
        if let Some(recorded) = self.view.scripted(Vec::new, form::read_text)? {
            return Ok(recorded);
        }
        let id = self.view.environment.ids.uuid();
        let bytes = || id.len() as u64;
        self.view
            .answered(bytes, || (Vec::new(), id.as_str().into()));
        Ok(id)
    }

    fn compact(&mut self) -> wasmtime::Result<String> {
        self.view.enter("ids.compact");
        if let Some(recorded) = self.view.scripted(Vec::new, form::read_text)? {
            return Ok(recorded);
        }
        let id = self.view.environment.ids.compact();
        let bytes = || id.len() as u64;
        self.view
            .answered(bytes, || (Vec::new(), id.as_str().into()));
        Ok(id)
    }
}

impl log::Host for Host<'_> {
    fn write(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        self.log_bytes
            .charge(message.len() as u64 + LINE_OVERHEAD)?;
        let level = convert::log_level(level);
        let line = shortened(message).replace(char::is_control, " ");
        let observer = &self.view.environment.observer;
        observer.logged(&self.view.trace.id, level, &mask_personal_codes(&line));
        Ok(())
    }
}

impl settings::Host for Host<'_> {
    fn read(&mut self) -> wasmtime::Result<String> {
        Ok(self.view.environment.settings.clone())
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
    use std::sync::Arc;

    use super::*;
    use crate::call::environment::tests::{Told, environment};

    /// As `wit/descriptor.wit` promises (record `self-test`).
    #[test]
    fn a_self_test_has_its_own_settings_time_and_identifiers() {
        let told = Arc::new(Told::default());
        let environment = environment(&told).self_test(r#"{"of": "the test"}"#);
        let id = environment.call_id("build");
        assert!(id.is_self_test);
        let mut state = CallState::new(&Arc::new(environment), id);
        let mut host = Host::of(&mut state);
        let settings = settings::Host::read(&mut host).unwrap();
        assert_eq!(settings, r#"{"of": "the test"}"#);
        assert_eq!(clock::Host::now(&mut host).unwrap().seconds, 1_767_225_600);
        let uuid = ids::Host::uuid(&mut host).unwrap();
        assert_eq!(uuid, "00000000-0000-7000-8000-000000000000");
        assert_eq!(ids::Host::compact(&mut host).unwrap(), "0".repeat(14));
    }

    #[test]
    fn lines_are_counted_and_masked() {
        let told = Arc::new(Told::default());
        let mut environment = environment(&told);
        environment.limits.log_bytes = 300;
        let id = environment.call_id("build");
        let mut state = CallState::new(&Arc::new(environment), id);
        let mut host = Host::of(&mut state);
        let mut write = |line: &str| log::Host::write(&mut host, log::Level::Info, line.into());
        write("of 010101-900R").unwrap();
        write("a\nb").unwrap();
        assert!(write("a").is_err());
        let lines = told.lines.lock().unwrap();
        assert_eq!(*lines, ["of ******-****", "a b"]);
    }

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
