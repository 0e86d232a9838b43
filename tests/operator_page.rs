// SPDX-License-Identifier: Apache-2.0
//! The operator's pages over HTTP, as a browser without scripts gets them: a store on a disk, a component in the sandbox.

mod deciding;
mod hostile;
mod live;
mod pages;
mod scene;
