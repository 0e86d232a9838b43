// SPDX-License-Identifier: Apache-2.0
//! Errors of sockets and of TLS, put in plain words.

use std::{error::Error, io};

use rustls::{AlertDescription as Alert, CertificateError, Error as TlsError};

use super::{certificate_flaw, client_key::Asked, reason::Reason};

/// Why a handshake failed.
pub(super) fn of_handshake(error: &io::Error, host: &str, asked: Asked) -> Reason {
    match tls_error(error) {
        Some(TlsError::InvalidCertificate(flaw)) => of_certificate(flaw, host),
        Some(error) => of_tls(error, asked),
        None => match of_socket(error) {
            // Many servers say nothing when they miss one.
            Reason::Closed if asked == Asked::Missing => Reason::ClientCertificateMissing,
            reason => reason,
        },
    }
}

/// Why an open connection failed. Under TLS 1.3 a server judges the client's certificate only there.
pub(super) fn of_connection(error: &io::Error, asked: Asked) -> Reason {
    match tls_error(error) {
        // The versions have been agreed on by then: this is the answer to our refusal to shake hands again (RFC 5246 §7.2.2).
        Some(TlsError::AlertReceived(Alert::HandshakeFailure)) if asked == Asked::No => {
            Reason::SecondHandshake
        }
        Some(error) => of_tls(error, asked),
        None => of_socket(error),
    }
}

/// The error of TLS within one of the system.
fn tls_error(error: &io::Error) -> Option<&TlsError> {
    let mut inner: &(dyn Error + 'static) = error.get_ref()?;
    loop {
        if let Some(error) = inner.downcast_ref() {
            return Some(error);
        }
        inner = match inner.downcast_ref::<io::Error>() {
            Some(error) => error.get_ref()?,
            None => inner.source()?,
        };
    }
}

fn of_socket(error: &io::Error) -> Reason {
    match error.kind() {
        // A connection that was open is gone: whether by a proper end or by a reset is an accident of timing.
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => Reason::Closed,
        _ => Reason::Broken {
            detail: error.to_string(),
        },
    }
}

fn of_certificate(flaw: &CertificateError, host: &str) -> Reason {
    match flaw {
        // An issuer of the same name with another key is another issuer.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => Reason::NotTrusted,
        CertificateError::NotValidForName => Reason::WrongName {
            host: host.to_owned(),
            presented: Vec::new(),
        },
        CertificateError::NotValidForNameContext { presented, .. } => Reason::WrongName {
            host: host.to_owned(),
            presented: presented.iter().map(|name| bare(name)).collect(),
        },
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            Reason::CertificateExpired
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Reason::CertificateNotYetValid
        }
        other => Reason::CertificateUnusable {
            detail: certificate_flaw::plainly(other),
        },
    }
}

/// The name in what the library shows of one: `DnsName("a.example")`, `IpAddress(10.0.0.1)`.
fn bare(shown: &str) -> String {
    let within = shown
        .split_once('(')
        .and_then(|(_, rest)| rest.strip_suffix(')'));
    within.unwrap_or(shown).trim_matches('"').to_owned()
}

fn of_tls(error: &TlsError, asked: Asked) -> Reason {
    match error {
        TlsError::InvalidMessage(_) => Reason::NotTls,
        TlsError::PeerIncompatible(detail) => Reason::NoCommonTls {
            detail: format!("{detail:?}"),
        },
        TlsError::AlertReceived(alert) => of_alert(*alert, asked),
        other => Reason::Tls {
            detail: other.to_string(),
        },
    }
}

/// What the server's alert says of us (RFC 8446 §6.2).
fn of_alert(alert: Alert, asked: Asked) -> Reason {
    let name = format!("{alert:?}");
    match alert {
        Alert::CertificateRequired
        | Alert::NoCertificate
        | Alert::BadCertificate
        | Alert::UnsupportedCertificate
        | Alert::CertificateRevoked
        | Alert::CertificateExpired
        | Alert::CertificateUnknown
        | Alert::UnknownCA
        | Alert::AccessDenied
        // A server that knows an issuer of the same name with another key, or of another signature.
        | Alert::DecryptError => of_client_certificate(name, asked),
        // With this one TLS 1.2 says the same (RFC 5246 §7.4.6).
        Alert::HandshakeFailure if asked != Asked::No => of_client_certificate(name, asked),
        Alert::ProtocolVersion | Alert::HandshakeFailure | Alert::InsufficientSecurity => {
            Reason::NoCommonTls {
                detail: format!("TLS alert {name}"),
            }
        }
        _ => Reason::Tls {
            detail: format!("TLS alert {name}"),
        },
    }
}

fn of_client_certificate(alert: String, asked: Asked) -> Reason {
    match asked {
        Asked::Missing => Reason::ClientCertificateMissing,
        Asked::Shown | Asked::No => Reason::ClientCertificateRefused { alert },
    }
}
