// SPDX-License-Identifier: Apache-2.0
//! The crate through its public face. What a verdict has to be is said by folders of cases, and by libxml2 where its `xmllint` is there.

#[cfg(test)]
mod cases;
#[cfg(test)]
mod generate;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod libxml2;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod outline;
#[cfg(test)]
mod textbook;
