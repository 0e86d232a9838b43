// SPDX-License-Identifier: Apache-2.0
//! The crate through its public face.

#[cfg(test)]
mod reading;
