// SPDX-License-Identifier: Apache-2.0
//! The operator's pages over HTTP, as a browser without scripts gets them, with a store on a disk. No agency is served: what a served one looks like is tested where the program
//! serves one.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise, and so do the functions it is made of"
)]

mod deciding;
mod hostile;
mod live;
mod pages;
mod scene;
