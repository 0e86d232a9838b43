// SPDX-License-Identifier: Apache-2.0
//! Schema packages of agencies: WSDL and XSD, from a ZIP or a folder, read within the package and nowhere else.
//!
//! [`Package::open`] reads and compiles one; [`customs`] compares one with what the component for Customs writes and reads.

mod compose;
pub mod customs;
mod error;
mod judge;
mod limits;
pub mod openapi;
mod package;
pub mod suomifi;
mod wsdl;

pub use compose::{ComposeError, Said};
pub use error::{PackageError, PackageFault};
pub use judge::{Judgement, NotJudged};
pub use limits::PackageLimits;
pub use package::Package;
pub use wsdl::{HeaderUse, Operation, Service, SoapVersion};
pub use xml_schema::QName;
