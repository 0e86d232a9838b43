// SPDX-License-Identifier: Apache-2.0
//! Generated from the contract. Used by `call`, `capabilities` and `convert` only.

#![allow(
    missing_docs,
    unreachable_pub,
    reason = "generated code; the contract carries the documentation"
)]

use crate::call::refused::Refused;

// What an import refuses: told to the component, or the end of its call.
pub(crate) type BlobRefused = Refused<silta::agency::blobs::BlobError>;
pub(crate) type KeyRefused = Refused<silta::agency::keys::KeyError>;
pub(crate) type SecretRefused = Refused<silta::agency::secrets::SecretError>;
pub(crate) type IdentifyRefused = Refused<silta::agency::trust::IdentifyError>;

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "agency",
    imports: { default: trappable },
    trappable_error_type: {
        "silta:agency/blobs.blob-error" => BlobRefused,
        "silta:agency/keys.key-error" => KeyRefused,
        "silta:agency/secrets.secret-error" => SecretRefused,
        "silta:agency/trust.identify-error" => IdentifyRefused,
    },
    with: {
        "silta:agency/blobs.blob": crate::blob::Blob,
        "silta:agency/blobs.writer": crate::blob::writer::Writer,
        "silta:agency/trust.peer": crate::exchange::CertificateChain,
    },
});
