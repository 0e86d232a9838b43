// SPDX-License-Identifier: Apache-2.0
//! A text of JSON as a row of events. serde_json reads it, by one visitor whatever the type; so where in the text something is wrong follows from the number of an event.

use std::{borrow::Cow, fmt};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Unexpected, Visitor};
use serde_json::{Error, de::StrRead};

/// What stands in a text, in its order.
#[derive(Debug)]
pub(super) enum Event<'de> {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(Cow<'de, str>),
    List,
    Object,
    /// Of a member. Its value follows.
    Key(Cow<'de, str>),
    /// A key that names a variant, and is no place therefore.
    Variant(Cow<'de, str>),
    /// Of a list or an object.
    End,
    /// From here on the text cannot be read. Whoever comes here takes the error.
    Broken(Option<Error>),
}

impl Event<'_> {
    /// What this is to somebody who expected something else.
    pub(super) fn unexpected(&self) -> Unexpected<'_> {
        match self {
            Self::Bool(value) => Unexpected::Bool(*value),
            Self::Unsigned(number) => Unexpected::Unsigned(*number),
            Self::Signed(number) => Unexpected::Signed(*number),
            Self::Float(number) => Unexpected::Float(*number),
            Self::Text(text) | Self::Key(text) | Self::Variant(text) => Unexpected::Str(text),
            Self::List => Unexpected::Seq,
            Self::Object => Unexpected::Map,
            // serde_json tells a unit as null; the other two are no values.
            Self::Null | Self::End | Self::Broken(_) => Unexpected::Unit,
        }
    }
}

/// Events that there is room for at once.
const USUAL_EVENTS: usize = 64;

/// The events of the value that a text begins with, as far as it can be read.
pub(super) fn events<'de>(text: &mut serde_json::Deserializer<StrRead<'de>>) -> Vec<Event<'de>> {
    let mut events = Vec::with_capacity(USUAL_EVENTS);
    if let Err(error) = Recorder(&mut events).deserialize(text) {
        events.push(Event::Broken(Some(error)));
    }
    events
}

/// Writes down each event that it is shown.
struct Recorder<'e, 'de>(&'e mut Vec<Event<'de>>);

impl<'de> DeserializeSeed<'de> for Recorder<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(self)
    }
}

/// Methods that write down one event.
macro_rules! record {
    ($($method:ident($value:ident: $kind:ty) $event:expr;)*) => {$(
        fn $method<E>(self, $value: $kind) -> Result<(), E> {
            self.0.push($event);
            Ok(())
        }
    )*};
}

impl<'de> Visitor<'de> for Recorder<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of JSON")
    }

    record! {
        visit_bool(value: bool) Event::Bool(value);
        visit_u64(number: u64) Event::Unsigned(number);
        visit_i64(number: i64) Event::Signed(number);
        visit_f64(number: f64) Event::Float(number);
        visit_str(text: &str) Event::Text(text.to_owned().into());
        visit_borrowed_str(text: &'de str) Event::Text(text.into());
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.0.push(Event::Null);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.0.push(Event::List);
        while list.next_element_seed(Recorder(self.0))?.is_some() {}
        self.0.push(Event::End);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        self.0.push(Event::Object);
        while object.next_key_seed(Keys(self.0))?.is_some() {
            object.next_value_seed(Recorder(self.0))?;
        }
        self.0.push(Event::End);
        Ok(())
    }
}

/// Writes down keys.
struct Keys<'e, 'de>(&'e mut Vec<Event<'de>>);

impl<'de> DeserializeSeed<'de> for Keys<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<(), D::Error> {
        key.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Keys<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    record! {
        visit_str(name: &str) Event::Key(name.to_owned().into());
        visit_borrowed_str(name: &'de str) Event::Key(name.into());
    }
}

/// Where the last of some events is: a pointer of RFC 6901. What has ended is where it began. A key that was refused is a place; with one that was `accepted`, the object is
/// meant in which it stands.
pub(super) fn pointer(events: &[Event<'_>], accepted: bool) -> String {
    let mut frames = vec![Frame::default()];
    let mut before: Option<&Event<'_>> = None;
    for event in events {
        let Some(frame) = frames.last_mut() else {
            break;
        };
        match event {
            Event::Key(name) => frame.at = At::Member(name),
            Event::Variant(_) => frame.at = At::Itself,
            Event::End => {}
            Event::Broken(_) if !frame.is_list && !matches!(before, Some(Event::Key(_))) => {
                frame.at = At::Itself;
            }
            _ => frame.next_value(),
        }
        match event {
            Event::List => frames.push(Frame::list()),
            Event::Object => frames.push(Frame::default()),
            Event::End => drop(frames.pop()),
            _ => {}
        }
        before = Some(event);
    }
    if let (true, Some(frame)) = (accepted, frames.last_mut()) {
        frame.at = At::Itself;
    }
    frames.iter().map(|frame| frame.at.token()).collect()
}

/// A list, an object, or what is around both.
#[derive(Default)]
struct Frame<'e> {
    is_list: bool,
    at: At<'e>,
}

/// Where in a list or an object.
#[derive(Default)]
enum At<'e> {
    /// In none of its values.
    #[default]
    Itself,
    Member(&'e str),
    Element(usize),
}

impl Frame<'_> {
    fn list() -> Self {
        Self {
            is_list: true,
            at: At::Itself,
        }
    }

    fn next_value(&mut self) {
        if self.is_list {
            self.at = match self.at {
                At::Element(index) => At::Element(index.saturating_add(1)),
                _ => At::Element(0),
            };
        }
    }
}

impl At<'_> {
    /// RFC 6901 §3.
    fn token(&self) -> String {
        match self {
            Self::Itself => String::new(),
            Self::Member(name) => ["/", &name.replace('~', "~0").replace('/', "~1")].concat(),
            Self::Element(index) => format!("/{index}"),
        }
    }
}
