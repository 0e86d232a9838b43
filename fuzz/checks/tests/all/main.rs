//! The checks by the inputs that are kept.

#[cfg(test)]
mod replay;
