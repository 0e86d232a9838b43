//! One call of a component.

pub(crate) mod contract;
pub(crate) mod engine;
pub(crate) mod exports;
pub(crate) mod invoke;
pub(crate) mod limits;
pub(crate) mod rehearsal;
mod run;

pub(crate) use run::{CallState, Mode, check_exports, run};
