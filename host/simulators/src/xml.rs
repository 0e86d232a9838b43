//! Reading XML strictly and writing it canonically, over `roxmltree`.

mod canonical;
mod document;
#[cfg(test)]
mod libxml2_agreement;

pub(crate) use canonical::exclusive_canonical;
pub(crate) use document::{Children, ShapeError, XmlError, escape, parse, plain_text};
