// SPDX-License-Identifier: Apache-2.0
//! The crate through its public face. What canonical forms have to be is said by the textbook of the fuzz targets, which stands on another
//! parser.

#[cfg(test)]
mod algorithms;
#[cfg(test)]
mod canonical_properties;
#[cfg(test)]
mod encodings;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod generate;
#[cfg(test)]
mod libxml2;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod loading;
#[cfg(test)]
mod loading_properties;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod model;
#[cfg(test)]
mod paths;
#[cfg(test)]
#[path = "../../../../../fuzz/checks/src/peer.rs"]
#[expect(dead_code, reason = "the fuzz targets use more of it")]
mod peer;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod scopes;
#[cfg(test)]
mod stack;
#[cfg(test)]
mod subsets;
#[cfg(test)]
#[path = "../../../../../fuzz/checks/src/textbook.rs"]
mod textbook;
#[cfg(test)]
mod views;
#[cfg(test)]
mod writing;
