// SPDX-License-Identifier: Apache-2.0
//! Reading XML strictly and writing it canonically, over `roxmltree`.

mod canonical;
mod document;
#[cfg(test)]
mod libxml2_agreement;

pub(crate) use canonical::{Form, canonical};
pub(crate) use document::{
    Children, ShapeError, XmlError, decode, escape, parse, parse_text, plain_text,
};
