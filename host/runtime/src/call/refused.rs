// SPDX-License-Identifier: Apache-2.0
//! Why an import of the contract gives no result.

use wasmtime::component::ResourceTableError;

use crate::call::{limits::LimitExceeded, script::NotRecorded};

/// Why an import gives no result.
#[derive(Debug)]
pub(crate) enum Refused<E> {
    /// The component is told why, and goes on.
    Told(E),
    /// The call ends: a limit is exceeded, or a handle leads nowhere.
    Ends(wasmtime::Error),
}

/// A reason that the contract has, and what it is called in reports.
pub(crate) trait Reason {
    /// Its stable name; `None` for one that is not reported, because it is what was asked.
    fn name(&self) -> Option<&'static str>;
}

impl<E: Reason> From<E> for Refused<E> {
    fn from(reason: E) -> Self {
        Self::Told(reason)
    }
}

impl<E> From<LimitExceeded> for Refused<E> {
    fn from(exceeded: LimitExceeded) -> Self {
        Self::Ends(exceeded.into())
    }
}

/// The recording of a call that is done again has another answer than this question's.
impl<E> From<NotRecorded> for Refused<E> {
    fn from(error: NotRecorded) -> Self {
        Self::Ends(wasmtime::Error::new(error))
    }
}

impl<E> From<ResourceTableError> for Refused<E> {
    fn from(error: ResourceTableError) -> Self {
        Self::Ends(error.into())
    }
}
