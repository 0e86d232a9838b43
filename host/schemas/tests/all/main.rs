// SPDX-License-Identifier: Apache-2.0
//! The crate through its public face.

#[cfg(test)]
mod archives;
#[cfg(test)]
mod changed;
#[cfg(test)]
mod composing;
#[cfg(test)]
mod folders;
#[cfg(test)]
mod judging;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod packages;
#[cfg(test)]
mod suomifi;
