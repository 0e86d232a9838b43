//! What agencies over HTTP have in common, whatever they speak: plain values and functions for the `wire` of a component. Nothing here knows the
//! sandbox or the contract; `agency-guest` translates.

mod answer;
mod coding;

pub use answer::AnswerError;
pub use coding::check_coding;
