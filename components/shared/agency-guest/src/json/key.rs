// SPDX-License-Identifier: Apache-2.0
//! Names of members and of variants, read as what they stand for: a text, a word of several, a number, a truth value.

use std::cell::Cell;

use serde::{
    de::{Deserializer, IntoDeserializer, Visitor, value::StrDeserializer},
    forward_to_deserialize_any,
};
use serde_json::Error;

use super::{events::events, reader::Reader};

/// A name, and whether it was read as a number.
pub(super) struct Key<'n> {
    pub(super) name: &'n str,
    pub(super) is_number: &'n Cell<bool>,
}

/// Methods that read a number. That the name is none is an error of syntax.
macro_rules! numbers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.number()?.$method(visitor)
        }
    )*};
}

impl<'n> Key<'n> {
    /// The number that the name is: it may have no blanks around it.
    #[inline(never)]
    fn number(&self) -> Result<Reader<'n>, Error> {
        self.is_number.set(true);
        let is_blank = |byte: u8| byte.is_ascii_whitespace();
        let name = match self.name.bytes().any(is_blank) {
            true => "",
            false => self.name,
        };
        let mut text = serde_json::Deserializer::from_str(name);
        let reader = Reader::new(events(&mut text));
        text.end()?;
        Ok(reader)
    }
}

impl<'de> Deserializer<'de> for Key<'_> {
    type Error = Error;

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128 deserialize_u8 deserialize_u16 deserialize_u32
        deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(self.name)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.name {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            other => visitor.visit_str(other),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let name: StrDeserializer<'_, Error> = self.name.into_deserializer();
        visitor.visit_enum(name)
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
