// SPDX-License-Identifier: Apache-2.0
//! Namespaces and identifiers of WSS.

/// The namespace of `wsse:Security` and what is in it (WSS §2.2).
pub const SECURITY_NAMESPACE: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";

/// A token of one certificate (X.509 profile §3.1).
pub(crate) const X509_V3: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3";

/// A token of a certificate and those above it (X.509 profile §3.1).
pub(crate) const X509_PKI_PATH: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509PKIPathv1";

/// The encoding of binary tokens (WSS §6.3).
pub(crate) const BASE64_BINARY: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary";
