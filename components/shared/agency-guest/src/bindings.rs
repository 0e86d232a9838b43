// SPDX-License-Identifier: Apache-2.0
//! Generated from the contract.

#![allow(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    unused_qualifications,
    elided_lifetimes_in_paths,
    clippy::all,
    clippy::pedantic,
    clippy::restriction,
    reason = "generated code; the contract carries the documentation"
)]

wit_bindgen::generate!({
    path: "../../../wit",
    world: "agency",
    generate_all,
    pub_export_macro: true,
    export_macro_name: "export",
    default_bindings_module: "agency_guest::bindings",
});
