// SPDX-License-Identifier: Apache-2.0
//! Goes through events, and knows where it is. Nothing here is generic, so that it is in a component once.

use serde::de::{Error as _, Expected, Unexpected};
use serde_json::{Error, error::Category};

use super::events::{Event, pointer};

/// Reads types from events, and knows afterwards where it was.
pub(super) struct Reader<'de> {
    events: Vec<Event<'de>>,
    /// Events that have been read.
    pub(super) read: usize,
    /// How many had been when the last key was accepted.
    pub(super) accepted: Option<usize>,
    /// How many had been when a type was told last that a list or an object has ended. The end itself is read after that.
    ended: Option<usize>,
    /// A value is of another kind than the words that it could be.
    pub(super) words: Option<&'static [&'static str]>,
}

impl<'de> Reader<'de> {
    pub(super) fn new(events: Vec<Event<'de>>) -> Self {
        Self {
            events,
            read: 0,
            accepted: None,
            ended: None,
            words: None,
        }
    }

    /// Where the last event is that has been read.
    pub(super) fn place(&self) -> String {
        let has_ended = self.ended == Some(self.read);
        let read = self.events.get(..self.read + usize::from(has_ended));
        let is_accepted = self.accepted == Some(self.read);
        pointer(read.unwrap_or_default(), is_accepted)
    }

    pub(super) fn peek(&self) -> Option<&Event<'de>> {
        self.events.get(self.read)
    }

    /// The next event.
    #[inline(never)]
    pub(super) fn next(&mut self) -> Result<&mut Event<'de>, Error> {
        let event = self.events.get_mut(self.read);
        self.read += 1;
        match event {
            Some(Event::Broken(error)) => {
                let again = || Error::custom("the text is broken");
                Err(error.take().unwrap_or_else(again))
            }
            Some(event) => Ok(event),
            None => Err(Error::custom("the text has no further value")),
        }
    }

    /// What has been read last is not what was expected.
    #[cold]
    #[inline(never)]
    fn unexpected(&self, expected: &dyn Expected) -> Error {
        let last = self.read.checked_sub(1);
        let last = last.and_then(|last| self.events.get(last));
        let found = last.map_or(Unexpected::Unit, Event::unexpected);
        Error::invalid_type(found, expected)
    }

    /// The next event, which is to be one like this.
    #[inline(never)]
    pub(super) fn take(
        &mut self,
        is_it: fn(&Event<'_>) -> bool,
        expected: &dyn Expected,
    ) -> Result<(), Error> {
        match is_it(self.next()?) {
            true => Ok(()),
            false => Err(self.unexpected(expected)),
        }
    }

    /// Whether a list or an object has ended. Its end is left in place.
    fn has_ended(&self) -> bool {
        matches!(self.peek(), Some(Event::End))
    }

    /// The same, as a type is told.
    #[inline(never)]
    pub(super) fn tells_end(&mut self) -> bool {
        let has_ended = self.has_ended();
        if has_ended {
            self.ended = Some(self.read);
        }
        has_ended
    }

    /// The end of a list, an object or a variant with content, all of which has to have been read.
    #[inline(never)]
    pub(super) fn leave(&mut self, words: &'static [&'static str]) -> Result<(), Error> {
        match self.has_ended() {
            true => self.next().map(drop),
            false => Err(self.other_kind(words)),
        }
    }

    /// Skips what is left of a list or an object, so that it is the place, and says that it is of another kind than one of some words.
    #[cold]
    #[inline(never)]
    pub(super) fn other_kind(&mut self, words: &'static [&'static str]) -> Error {
        let mut depth = 1_usize;
        while depth > 0 {
            match self.next() {
                Ok(Event::List | Event::Object) => depth += 1,
                Ok(Event::End) => depth -= 1,
                Ok(_) => {}
                Err(error) => return error,
            }
        }
        self.words = Some(words);
        Error::custom("a value of another kind")
    }

    #[inline(never)]
    pub(super) fn skip(&mut self) -> Result<(), Error> {
        let mut depth = 0_usize;
        loop {
            match self.next()? {
                Event::List | Event::Object => depth += 1,
                Event::End => depth = depth.saturating_sub(1),
                Event::Key(_) | Event::Variant(_) => continue,
                _ => {}
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    #[inline(never)]
    pub(super) fn bool(&mut self, expected: &dyn Expected) -> Result<bool, Error> {
        match self.next()? {
            Event::Bool(value) => Ok(*value),
            _ => Err(self.unexpected(expected)),
        }
    }

    #[inline(never)]
    pub(super) fn number(&mut self, expected: &dyn Expected) -> Result<Number, Error> {
        match self.next()? {
            Event::Unsigned(number) => Ok(Number::Unsigned(*number)),
            Event::Signed(number) => Ok(Number::Signed(*number)),
            Event::Float(number) => Ok(Number::Float(*number)),
            _ => Err(self.unexpected(expected)),
        }
    }

    #[inline(never)]
    pub(super) fn text(&mut self, expected: &dyn Expected) -> Result<&str, Error> {
        match self.next()? {
            Event::Text(_) => Ok(self.last()),
            _ => Err(self.unexpected(expected)),
        }
    }

    /// The next key of an object; none at its end.
    #[inline(never)]
    pub(super) fn key(&mut self) -> Result<Option<&str>, Error> {
        if self.tells_end() {
            return Ok(None);
        }
        self.next()?;
        Ok(Some(self.last()))
    }

    /// The name of a variant, which [`variant`](Self::variant) has found.
    #[inline(never)]
    pub(super) fn variant_name(&mut self) -> Result<&str, Error> {
        self.next()?;
        Ok(self.last())
    }

    /// What has been read last, if it is a text or a key.
    fn last(&self) -> &str {
        let last = self.read.checked_sub(1);
        match last.and_then(|last| self.events.get(last)) {
            Some(Event::Text(text) | Event::Key(text) | Event::Variant(text)) => text,
            _ => "",
        }
    }

    /// A key is not what it has to be. One that is no number where one is wanted is no place.
    #[cold]
    #[inline(never)]
    pub(super) fn refuse_key(&mut self, is_number: bool, error: &Error) {
        if is_number {
            self.accepted = Some(self.read);
        }
        if error.classify() != Category::Data {
            self.words = Some(&[]);
        }
    }

    /// Whether a variant has content: then it is an object of one member. A word has none.
    #[inline(never)]
    pub(super) fn variant(&mut self, words: &'static [&'static str]) -> Result<bool, Error> {
        match self.peek() {
            Some(Event::Text(_)) => return Ok(false),
            Some(Event::Object) => {}
            Some(Event::List) => {
                self.next()?;
                return Err(self.other_kind(words));
            }
            _ => {
                self.next()?;
                self.words = Some(words);
                return Err(Error::custom("a value of another kind"));
            }
        }
        self.next()?;
        match self.events.get_mut(self.read) {
            Some(event @ Event::Key(_)) => {
                if let Event::Key(name) = std::mem::replace(event, Event::Null) {
                    *event = Event::Variant(name);
                }
                Ok(true)
            }
            Some(Event::Broken(_)) => self.next().map(|_| true),
            _ => Err(self.other_kind(words)),
        }
    }
}

/// A number of JSON.
pub(super) enum Number {
    Unsigned(u64),
    Signed(i64),
    Float(f64),
}
