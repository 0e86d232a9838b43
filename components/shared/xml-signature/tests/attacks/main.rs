// SPDX-License-Identifier: Apache-2.0
//! Attacks on signatures, one test each: what is sent first verifies, what is made of it is refused, and for the right reason.
//!
//! The attacker has no key but its own. Where a test signs with the sender's key all the same, it is because the check in question has to
//! hold by itself, whoever signed.

#[cfg(test)]
mod algorithms;
#[cfg(test)]
mod beside;
#[cfg(test)]
mod chains;
#[cfg(test)]
mod encodings;
#[cfg(test)]
mod entities;
#[cfg(test)]
mod flips;
#[cfg(test)]
mod letters;
#[cfg(test)]
mod namespaces;
#[cfg(test)]
mod resources;
#[cfg(test)]
mod saml;
#[cfg(test)]
mod scene;
#[cfg(test)]
mod skeletons;
#[cfg(test)]
mod soap;
#[cfg(test)]
mod splitting;
#[cfg(test)]
mod transforms;
#[cfg(test)]
mod trust;
#[cfg(test)]
mod values;
