// SPDX-License-Identifier: Apache-2.0
//! The checks by the inputs that are kept.

#[cfg(test)]
mod replay;
