// SPDX-License-Identifier: Apache-2.0
//! The crate through its public face.

#[cfg(test)]
mod codes;
#[cfg(test)]
mod existing;
#[cfg(test)]
mod interop;
#[cfg(test)]
mod judging;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod mutation;
#[cfg(test)]
mod several;
#[cfg(test)]
mod signing;
#[cfg(test)]
mod structure;
#[cfg(test)]
mod verifying;
