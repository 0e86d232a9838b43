// SPDX-License-Identifier: Apache-2.0
//! Notifications as the user of a simulator sees them: what is needed to send them, their results.

use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::simulator::{Event, OWN_FAULT};

/// The notification service of a customer (technical guide 2015, [seed p8, p27]): called once for each message
/// that becomes available, and never again, whatever comes of the call.
///
/// There is one per simulator, as there is one per company at Customs; it is told of all mailboxes.
///
/// Not `Debug`, since it holds a private key.
#[derive(Clone)]
pub struct NotifySetup {
    /// The service's URL, `https` with host, perhaps port, and path.
    pub url: String,
    /// Issuers of the service's TLS certificate.
    pub receiver_anchors_pem: String,
    /// The certificate chain that Customs shows to the service, leaf first.
    pub client_certificates_pem: String,
    /// The private key of the leaf.
    pub client_key_pem: String,
    /// The version of SOAP to call in. Default 1.2 (Customs' notice of 16.1.2013).
    pub soap_version: SoapVersion,
    /// Customs' own Business ID, in the RequestHeader. Default `0245442-8`.
    pub business_id: String,
    /// Namespace of NotifyRequest and everything in it. The default is a guess.
    pub namespace: String,
    /// How long a call may take, from connecting to the last byte of the answer. Default 30 seconds; Customs'
    /// own time-out is not known.
    pub timeout: Duration,
}

impl NotifySetup {
    /// A setup with these, PEM throughout, and the defaults for everything else.
    pub fn new(
        url: impl Into<String>,
        receiver_anchors_pem: impl Into<String>,
        client_certificates_pem: impl Into<String>,
        client_key_pem: impl Into<String>,
    ) -> Self {
        Self {
            url: url.into(),
            receiver_anchors_pem: receiver_anchors_pem.into(),
            client_certificates_pem: client_certificates_pem.into(),
            client_key_pem: client_key_pem.into(),
            soap_version: SoapVersion::V1_2,
            business_id: "0245442-8".to_owned(),
            namespace: "http://tulli.fi/schema/notificationservice/v1".to_owned(),
            timeout: Duration::from_secs(30),
        }
    }
}

/// A version of SOAP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SoapVersion {
    /// SOAP 1.1.
    V1_1,
    /// SOAP 1.2.
    V1_2,
}

/// One call of Notify and its result.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notification {
    /// When the call began.
    pub at: SystemTime,
    /// How long it took.
    pub took: Duration,
    /// The message it told of.
    pub storage_id: String,
    /// The version of SOAP it was made in.
    pub soap_version: SoapVersion,
    /// The HTTP status, if there was an answer.
    pub http_status: Option<u16>,
    /// The ResponseCode, if the answer had one where it has to be.
    pub code: Option<String>,
    /// Where the ResponseCode was; none in a dialect, which says where it has to be.
    pub shape: Option<NotifyShape>,
    /// Why the call is not in order; none for an answer that keeps to every rule, whatever its code.
    pub problem: Option<String>,
    /// Whether that is the simulator's own fault: its call was not valid by the schema package, and was not made.
    pub is_own_fault: bool,
}

/// The two shapes of NotifyResponse between which what is published leaves the choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotifyShape {
    /// ResponseCode and ResponseText beside ResponseHeader (tables 4, 18 and 19 [seed p27, contents]).
    Siblings,
    /// ResponseCode and ResponseText in ResponseHeader, as in Customs' own answers.
    InHeader,
}

impl From<Notification> for Event {
    fn from(notification: Notification) -> Self {
        let verdict = match notification.problem {
            None => "answered",
            Some(_) if notification.is_own_fault => OWN_FAULT,
            Some(_) => "failed",
        };
        Self {
            at: notification.at,
            operation: Some("NotifyRequest".to_owned()),
            verdict,
            code: notification.code,
            reason: notification.problem,
            details: json!({
                "httpStatus": notification.http_status,
                "storageId": notification.storage_id,
            }),
        }
    }
}
