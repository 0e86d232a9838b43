//! Generated from the contract. Used by `call`, `capabilities` and `convert` only.

#![allow(
    missing_docs,
    unreachable_pub,
    reason = "generated code; the contract carries the documentation"
)]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "agency",
    imports: { default: trappable },
    with: {
        "silta:agency/blobs.blob": crate::blob::Blob,
        "silta:agency/blobs.writer": crate::capabilities::blobs::WriterState,
    },
});
