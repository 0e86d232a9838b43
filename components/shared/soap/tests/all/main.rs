// SPDX-License-Identifier: Apache-2.0
//! The crate through its public face.

#[cfg(test)]
mod addressing;
#[cfg(test)]
mod assertions;
#[cfg(test)]
mod envelopes;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod packages;
