// SPDX-License-Identifier: Apache-2.0
//! Values of the primitive types (XML Schema Part 2, §3.2): from their lexical form, compared, measured.

mod binary;
mod decimal;
mod duration;
mod lexical;
mod moment;
mod uri;

use std::cmp::Ordering;

use crate::name::QName;

use decimal::Decimal;
use duration::Duration;
use moment::Moment;

pub(crate) use lexical::{Lexical, WhiteSpace, is_space};
pub(crate) use moment::MomentKind;

/// The primitive types (§3.2), and what stands for any simple type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Primitive {
    AnySimple,
    String,
    Boolean,
    Decimal,
    Float,
    Double,
    Duration,
    Moment(MomentKind),
    HexBinary,
    Base64Binary,
    AnyUri,
    QName,
}

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(String),
    Uri(String),
    Boolean(bool),
    Decimal(Decimal),
    Float(f32),
    Double(f64),
    Duration(Duration),
    Moment(Moment),
    Binary(Vec<u8>),
    Name(QName),
    List(Vec<Self>),
}

/// Why a text is no value of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoValue {
    /// It has not the form that is said here.
    Form(&'static str),
    /// Its prefix is bound to nothing.
    Prefix,
}

impl Primitive {
    /// The value that `text`, normalised as to white space, stands for. `resolve` gives what a prefix is bound to.
    pub(crate) fn read<'t>(
        self,
        text: &str,
        resolve: &dyn Fn(&str) -> Option<&'t str>,
    ) -> Result<Value, NoValue> {
        let value = match self {
            Self::AnySimple | Self::String => Some(Value::Text(text.to_owned())),
            Self::Boolean => match text {
                "true" | "1" => Some(Value::Boolean(true)),
                "false" | "0" => Some(Value::Boolean(false)),
                _ => None,
            },
            Self::Decimal => Decimal::read(text).map(Value::Decimal),
            Self::Float => lexical::float(text).map(|value| Value::Float(value.parse_f32())),
            Self::Double => lexical::float(text).map(|value| Value::Double(value.parse_f64())),
            Self::Duration => Duration::read(text).map(Value::Duration),
            Self::Moment(kind) => Moment::read(kind, text).map(Value::Moment),
            Self::HexBinary => binary::hex(text).map(Value::Binary),
            Self::Base64Binary => binary::base64(text).map(Value::Binary),
            Self::AnyUri => uri::is_reference(text).then(|| Value::Uri(text.to_owned())),
            Self::QName => {
                let (prefix, local) = text.split_once(':').unwrap_or(("", text));
                let is_name = |part: &str| canonical_xml::is_ncname(part);
                if !is_name(local) || (text.contains(':') && !is_name(prefix)) {
                    return Err(NoValue::Form(self.form()));
                }
                let namespace = resolve(prefix).ok_or(NoValue::Prefix)?;
                Some(Value::Name(QName::new(namespace, local)))
            }
        };
        value.ok_or_else(|| NoValue::Form(self.form()))
    }

    /// What its lexical form is, in words.
    pub(crate) fn form(self) -> &'static str {
        match self {
            Self::AnySimple | Self::String => "any text",
            Self::Boolean => "`true`, `false`, `1` or `0`",
            Self::Decimal => "a decimal number, such as `-12.50`",
            Self::Float | Self::Double => "a number such as `1.5E3`, or `INF`, `-INF`, `NaN`",
            Self::Duration => "a duration, such as `P1Y2M3DT4H5M6.7S`",
            Self::Moment(kind) => kind.form(),
            Self::HexBinary => "hexadecimal digits in pairs",
            Self::Base64Binary => "base64 with its padding",
            Self::AnyUri => "a URI reference",
            Self::QName => "a name, with or without a prefix that is bound",
        }
    }

    /// Whether its values have an order, so that they can have bounds.
    pub(crate) fn is_ordered(self) -> bool {
        !matches!(
            self,
            Self::AnySimple
                | Self::String
                | Self::Boolean
                | Self::HexBinary
                | Self::Base64Binary
                | Self::AnyUri
                | Self::QName
        )
    }
}

impl Value {
    /// How the two stand to each other, where they do (§3.2, `order relation`).
    pub(crate) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Decimal(one), Self::Decimal(two)) => Some(one.cmp(two)),
            (Self::Float(one), Self::Float(two)) => one.partial_cmp(two),
            (Self::Double(one), Self::Double(two)) => one.partial_cmp(two),
            (Self::Duration(one), Self::Duration(two)) => one.compare(two),
            (Self::Moment(one), Self::Moment(two)) => one.compare(two),
            _ => None,
        }
    }

    /// Whether the two are one value.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(one), Self::Text(two)) | (Self::Uri(one), Self::Uri(two)) => one == two,
            (Self::Boolean(one), Self::Boolean(two)) => one == two,
            (Self::Binary(one), Self::Binary(two)) => one == two,
            (Self::Name(one), Self::Name(two)) => one == two,
            // NaN is equal to itself, and not ordered (§3.2.4.1).
            (Self::Float(one), Self::Float(two)) => one == two || (one.is_nan() && two.is_nan()),
            (Self::Double(one), Self::Double(two)) => one == two || (one.is_nan() && two.is_nan()),
            (Self::List(one), Self::List(two)) => {
                one.len() == two.len() && one.iter().zip(two).all(|(one, two)| one.equals(two))
            }
            (Self::Moment(one), Self::Moment(two)) => one.equals(two),
            _ => self.compare(other) == Some(Ordering::Equal),
        }
    }

    /// What `length` counts: characters, octets or items (§4.3.1.3); `None` where nothing is counted.
    pub(crate) fn length(&self) -> Option<usize> {
        match self {
            Self::Text(text) | Self::Uri(text) => Some(text.chars().count()),
            Self::Binary(bytes) => Some(bytes.len()),
            Self::List(items) => Some(items.len()),
            _ => None,
        }
    }

    /// Digits in all and behind the point, of a decimal number.
    pub(crate) fn digits(&self) -> Option<(usize, usize)> {
        match self {
            Self::Decimal(decimal) => Some((decimal.total_digits(), decimal.fraction_digits())),
            _ => None,
        }
    }
}
