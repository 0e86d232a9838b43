// SPDX-License-Identifier: Apache-2.0
//! Bad manners, to be played on request.

use std::time::Duration;

use crate::misbehaviour::{bytes, catalogue, seconds};

/// Something that a push may be and should not. A receiver has to refuse all but [`Duplicate`](Self::Duplicate) and,
/// unless it is strict, [`ExtraProperty`](Self::ExtraProperty); a slow one it may end.
///
/// It is played at every attempt of the push. Everything that it does not name is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Misbehaviour {
    /// A secret that differs in its last character.
    WrongSecret,
    /// No header with a secret.
    NoSecret,
    /// A client certificate of another authority.
    WrongCa,
    /// A client certificate of the right authority that expired years ago.
    ExpiredCertificate,
    /// No client certificate.
    NoCertificate,
    /// FIP in the test environment, FIS in production.
    OtherEnvironment,
    /// A property that the requirements do not name.
    ExtraProperty,
    /// No SubscriptionId.
    MissingProperty,
    /// The NotificationKey in quotes.
    StringForNumber,
    /// JSON that breaks off.
    NotJson,
    /// White space after the JSON, up to this many bytes.
    HugeBody(usize),
    /// The right body as `text/plain`.
    WrongContentType,
    /// A path below the registered one.
    WrongPath,
    /// GET without a body.
    Get,
    /// The same notification once more after it has been acknowledged, as when the acknowledgement got lost.
    Duplicate,
    /// Head and body byte by byte, spread over about this time, for which the time limit is lengthened.
    SlowLoris(Duration),
}

catalogue! { Misbehaviour:
    "wrong-secret", WrongSecret => |_| Some(Self::WrongSecret), "a secret wrong in its last character";
    "no-secret", NoSecret => |_| Some(Self::NoSecret), "no secret";
    "wrong-ca", WrongCa => |_| Some(Self::WrongCa), "a client certificate of another authority";
    "expired-certificate", ExpiredCertificate => |_| Some(Self::ExpiredCertificate), "an expired client certificate";
    "no-certificate", NoCertificate => |_| Some(Self::NoCertificate), "no client certificate";
    "other-environment", OtherEnvironment => |_| Some(Self::OtherEnvironment), "FIP for FIS, or FIS for FIP";
    "extra-property", ExtraProperty => |_| Some(Self::ExtraProperty), "a property that nobody knows";
    "missing-property", MissingProperty => |_| Some(Self::MissingProperty), "no SubscriptionId";
    "string-for-number", StringForNumber => |_| Some(Self::StringForNumber), "the NotificationKey in quotes";
    "not-json", NotJson => |_| Some(Self::NotJson), "JSON that breaks off";
    "huge-body" = ("BYTES", "10000000"), HugeBody(_) => |text| bytes(text).map(Self::HugeBody), "white space up to that size";
    "wrong-content-type", WrongContentType => |_| Some(Self::WrongContentType), "a right body as text/plain";
    "wrong-path", WrongPath => |_| Some(Self::WrongPath), "a path below the right one";
    "get", Get => |_| Some(Self::Get), "GET without a body";
    "duplicate", Duplicate => |_| Some(Self::Duplicate), "once more after an acknowledgement";
    "slow-loris" = ("SECONDS", "60"), SlowLoris(_) => |text| seconds(text).map(Self::SlowLoris), "the request byte by byte, in that time";
}
