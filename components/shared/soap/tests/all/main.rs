//! The crate through its public face.

#[cfg(test)]
mod envelopes;
#[cfg(test)]
mod faults;
