// SPDX-License-Identifier: Apache-2.0
//! The crate through its public face.

#[cfg(test)]
mod accepted;
#[cfg(test)]
mod attacks;
#[cfg(test)]
mod existing;
#[cfg(test)]
mod message;
#[cfg(test)]
mod modes;
#[cfg(test)]
mod mutation;
#[cfg(test)]
mod signing;
#[cfg(test)]
mod structure;
#[cfg(test)]
mod timestamps;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod xmlsec;
