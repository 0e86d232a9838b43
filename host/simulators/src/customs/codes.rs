//! Response codes.

/// A code with its text, as ResponseCode and ResponseText carry them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseCode {
    /// Three digits.
    pub code: String,
    /// A human sentence.
    pub text: String,
}

impl ResponseCode {
    pub(super) fn new(code: &str, text: &str) -> Self {
        Self {
            code: code.to_owned(),
            text: text.to_owned(),
        }
    }
}

/// The code for each verdict. Annex 1 of the guide is missing; 000, 500 and the range 450–700 for
/// errors in the message come from its figure 6 [seed p12–13], 450 for connection set-up from
/// Customs' checklist of 2014. **451–458 are this simulator's own choice** within the range, and so is
/// 474, a disturbance that goes away by waiting, for lists asked for too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseCodes {
    /// The message was received for processing.
    pub accepted: ResponseCode,
    /// The connection's certificate is not the intermediary's.
    pub connection: ResponseCode,
    /// The request around the application request is wrong.
    pub request_header: ResponseCode,
    /// Base64 is wrong, outside or inside.
    pub encoding: ResponseCode,
    /// The application request is wrong.
    pub application_request: ResponseCode,
    /// The signature is wrong.
    pub signature: ResponseCode,
    /// The signer is not the builder, or nobody Customs knows.
    pub signer: ResponseCode,
    /// The payload is wrong.
    pub payload: ResponseCode,
    /// The builder has used the reference before.
    pub duplicate: ResponseCode,
    /// What a list, a download or an echo was asked for by is wrong.
    pub criteria: ResponseCode,
    /// No message of the caller has this storage id.
    pub unknown_message: ResponseCode,
    /// The caller asks for lists too often.
    pub too_frequent: ResponseCode,
}

impl Default for ResponseCodes {
    fn default() -> Self {
        Self {
            accepted: ResponseCode::new("000", "OK"),
            connection: ResponseCode::new("450", "Certificate does not match the intermediary"),
            request_header: ResponseCode::new("451", "Request header is not valid"),
            encoding: ResponseCode::new("452", "Base64 is not valid"),
            application_request: ResponseCode::new("453", "Application request is not valid"),
            signature: ResponseCode::new("454", "Signature is not valid"),
            signer: ResponseCode::new("455", "Signer is not accepted"),
            payload: ResponseCode::new("456", "Content is not valid"),
            duplicate: ResponseCode::new("500", "Reference has been used already"),
            criteria: ResponseCode::new("457", "Search criteria are not valid"),
            unknown_message: ResponseCode::new("458", "No such message"),
            too_frequent: ResponseCode::new("474", "Lists are asked for too often"),
        }
    }
}
