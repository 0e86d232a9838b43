// SPDX-License-Identifier: Apache-2.0
//! What can be judged of a call without its body.

use agency_http::{AnswerError, Endpoint, Head, Path, RequestMismatch};
use soap::{MULTIPART_RELATED, MediaType, Version};

use super::{Operation, Settings};

/// What HTTP tells of the message in a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallContext {
    /// Label of the encoding.
    pub charset: Option<String>,
    /// SOAPAction without its quotes; none where the field is missing or empty (SOAP 1.1 §6.1.1).
    pub action: Option<String>,
    /// Path of the call.
    pub path: String,
}

/// Judges path, method, media type and address.
///
/// # Errors
/// What of the call does not match.
pub fn check_head(settings: &Settings, head: &Head<'_>) -> Result<CallContext, RequestMismatch> {
    let endpoint = Endpoint {
        path: Path::Set(&settings.notification.path),
        method: "POST",
        addresses: &settings.notification.source_addresses,
    };
    let media_type = endpoint.check(head, check_media_type)?;
    let action = head.fields.first("SOAPAction").unwrap_or_default();
    let action = action.trim().trim_matches('"').trim();
    Ok(CallContext {
        charset: media_type.charset().map(str::to_owned),
        action: (!action.is_empty()).then(|| action.to_owned()),
        path: head.path().to_owned(),
    })
}

/// SOAP 1.1 §6, which is what the binding has (WSDL). A message of SOAP 1.2 is told so by a fault, once its media type has told that it is SOAP.
fn check_media_type(value: &str) -> Result<MediaType, RequestMismatch> {
    match MediaType::parse(value) {
        Ok(media_type) if media_type.version().is_some() => Ok(media_type),
        Ok(media_type) if media_type.essence() == MULTIPART_RELATED => {
            Err(RequestMismatch::media_type(
                "call.multipart",
                "the call is a package that may hold attachments (multipart/related, as of MTOM), which is not read here; send the envelope alone",
            ))
        }
        Err(error) if !value.is_empty() => Err(RequestMismatch::media_type(
            "call.not-soap",
            error.to_string(),
        )),
        _ => Err(RequestMismatch::media_type(
            "call.not-soap",
            format!(
                "the call is not SOAP by its Content-Type; send it as {}",
                Version::V11.media_type()
            ),
        )),
    }
}

impl CallContext {
    /// What SOAPAction says against the body, which is what decides; letter case does not count, since the document prints the actions in lower case.
    pub fn contradiction(&self, operation: Operation) -> Option<AnswerError> {
        let action = self.action.as_deref()?;
        if action.eq_ignore_ascii_case(operation.action()) {
            return None;
        }
        Some(AnswerError {
            code: "call.other-action",
            path: "SOAPAction".into(),
            message: format!(
                "the header field SOAPAction is not that of {}, which the body holds",
                operation.element()
            ),
        })
    }
}
