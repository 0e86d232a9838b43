// SPDX-License-Identifier: Apache-2.0
use std::fmt;

use canonical_xml::Position;
use thiserror::Error;
use xml_schema::SchemaError;

/// A package that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct PackageError {
    /// The file in the package; empty where it is about the package as a whole.
    pub file: String,
    /// Where in the file, if that is known.
    pub position: Option<Position>,
    /// What is wrong.
    pub fault: PackageFault,
}

/// What is wrong with a package.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PackageFault {
    /// The system does not let it be read.
    #[error("this cannot be read: {0}")]
    Unreadable(String),
    /// It is neither a folder nor a ZIP.
    #[error(
        "this is neither a folder nor a ZIP that can be read: {0}. Unpack it and name the folder"
    )]
    NoArchive(String),
    /// There is nothing in it to read.
    #[error(
        "there is no file ending with .xsd or .wsdl in the package; name the folder or ZIP that holds the schemas"
    )]
    Empty,
    /// A link instead of a file.
    #[error("this is a link or no plain file, and links are not followed; put a copy in its place")]
    Link,
    /// A path that leads out of the package.
    #[error("the path of this file leads out of the package; nothing of the ZIP is read")]
    Outside,
    /// Two files of one name.
    #[error("two files of the ZIP have this name")]
    Twice,
    /// Encrypted.
    #[error("this file is encrypted; decrypt the package and name the folder")]
    Encrypted,
    /// Compressed by another method than the usual one.
    #[error(
        "this file is compressed by the method {0}; only files stored plainly or by DEFLATE are read. Unpack the ZIP and name the folder"
    )]
    Method(String),
    /// A limit is exceeded.
    #[error(
        "this has more than {maximum}, a limit of the reader (`{limit}`) and no mistake of the package; leave out what is no schema"
    )]
    Limit {
        /// The field of [`PackageLimits`](crate::PackageLimits).
        limit: &'static str,
        /// Its value.
        maximum: u64,
    },
    /// A WSDL that is none.
    #[error("the WSDL cannot be used: {0}")]
    Wsdl(String),
    /// What the validator says.
    #[error("{0}")]
    Schema(xml_schema::SchemaFault),
}

impl PackageError {
    pub(crate) fn whole(fault: PackageFault) -> Self {
        Self::of("", fault)
    }

    pub(crate) fn of(file: impl Into<String>, fault: PackageFault) -> Self {
        Self {
            file: file.into(),
            position: None,
            fault,
        }
    }

    pub(crate) fn at(file: &str, position: Position, message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            position: Some(position),
            fault: PackageFault::Wsdl(message.into()),
        }
    }
}

impl From<SchemaError> for PackageError {
    fn from(error: SchemaError) -> Self {
        Self {
            file: error.file,
            position: Some(error.position),
            fault: PackageFault::Schema(error.fault),
        }
    }
}

impl fmt::Display for PackageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.file.as_str(), self.position) {
            ("", _) => {}
            (file, Some(position)) => write!(f, "{file}:{position}: ")?,
            (file, None) => write!(f, "{file}: ")?,
        }
        self.fault.fmt(f)
    }
}
