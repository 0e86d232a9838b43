// SPDX-License-Identifier: Apache-2.0
//! A call: its envelope, its header blocks, its operation, and what is common to both operations.

use agency_http::AnswerError;
use canonical_xml::{Document, Limits, ReadError, ReadErrorKind};
use soap::{
    Content, Delivery, Envelope, HeaderFault, SoapError, SoapErrorKind, StandardCode, Version,
};
use ws_security::Part;

use super::{
    Authority, CallCode, CallContext, CallRefusal, Operation, Settings, Shape,
    reader::{NAMESPACE, check_sequence, child, named, token},
};

/// Limits of a call. Long runs of base64 stay in the host and do not count, unless carriage returns break them up; nothing of the interface nests deeper than ten levels, the
/// signature included.
pub fn message_limits(settings: &Settings) -> Limits {
    let largest = settings.notification.largest_body_bytes;
    Limits {
        bytes: 8 << 20,
        text_length: usize::try_from(largest).unwrap_or(usize::MAX),
        depth: 64,
        events: 1 << 18,
        ..Limits::default()
    }
}

/// A call whose operation is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Which operation.
    pub operation: Operation,
    /// The header block paluukanavaUrl. Nobody has signed it.
    pub return_channel_url: Option<String>,
}

/// A call that is answered with a fault: there is no telling what was called, or a reader may not go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidCall {
    /// What is wrong with it.
    pub error: AnswerError,
    /// Code of the fault.
    pub code: StandardCode,
}

/// Reads the envelope, then the header blocks that must be understood, then which operation it is: the name of the one element in the body.
///
/// # Errors
/// [`InvalidCall`] for what is no SOAP 1.1 message of one of the two operations, or demands what is not understood.
pub fn open(
    settings: &Settings,
    context: &CallContext,
    body: &Result<Document<'static>, ReadError>,
) -> Result<Opened, InvalidCall> {
    let document = body.as_ref().map_err(unreadable)?;
    let envelope = Envelope::of(document).map_err(not_soap)?;
    if envelope.version() != Version::V11 {
        let error = AnswerError {
            code: "call.version",
            path: document.root().path(),
            message: "the message is SOAP 1.2, and the interface has SOAP 1.1".into(),
        };
        return Err(invalid(StandardCode::VersionMismatch, error));
    }
    let delivery = Delivery {
        action: context.action.as_deref(),
        path: Some(&context.path),
    };
    let judged = envelope.judge_headers(&settings.understood(), delivery);
    judged.map_err(|fault| misunderstood(&fault))?;
    let entries = match envelope.content().map_err(not_soap)? {
        Content::Entries(entries) => entries,
        Content::Fault(_) => Vec::new(),
    };
    let called = match entries.as_slice() {
        [called] => *called,
        _ => {
            let error = AnswerError {
                code: "call.not-one-operation",
                path: envelope.body().path(),
                message: "the body of a call holds one operation, and nothing else".into(),
            };
            return Err(invalid(StandardCode::Sender, error));
        }
    };
    let mut known = Operation::ALL.into_iter();
    let operation = known.find(|known| called.is(NAMESPACE, known.element()));
    let Some(operation) = operation else {
        let error = AnswerError {
            code: "call.unknown-operation",
            path: called.path(),
            message: format!(
                "the operation is neither VieKohteita nor VieKohdeTiloja in the namespace {NAMESPACE}"
            ),
        };
        return Err(invalid(StandardCode::Sender, error));
    };
    let mut blocks = envelope.blocks().iter();
    let url = blocks.find(|block| block.is(NAMESPACE, "paluukanavaUrl"));
    let url = url.and_then(|block| block.text().to_str());
    Ok(Opened {
        operation,
        return_channel_url: url.map(|url| url.trim().to_owned()),
    })
}

impl Opened {
    /// What paluukanavaUrl says against the setting.
    pub fn contradiction(&self, settings: &Settings) -> Option<AnswerError> {
        let expected = settings.notification.return_channel_url.as_deref()?;
        let found = self.return_channel_url.as_deref()?;
        (expected != found).then(|| AnswerError {
            code: "call.other-url",
            path: "/Envelope/Header/paluukanavaUrl".into(),
            message: "paluukanavaUrl is not the setting notification.return-channel-url: the call may be meant for another system".into(),
        })
    }
}

fn invalid(code: StandardCode, error: AnswerError) -> InvalidCall {
    InvalidCall { error, code }
}

/// What is no XML, or more of it than is looked at, which is no mistake of the sender's.
fn unreadable(error: &ReadError) -> InvalidCall {
    let path = format!("{}:{}", error.line, error.column);
    let (standard, code, message) = match error.kind {
        ReadErrorKind::Limit { .. } => (
            StandardCode::Receiver,
            "call.beyond-limits",
            format!("the call is not read, because of a limit here: {error}"),
        ),
        _ => (
            StandardCode::Sender,
            "call.not-xml",
            format!("the call is not XML as it should be: {error}"),
        ),
    };
    let error = AnswerError {
        code,
        path,
        message,
    };
    invalid(standard, error)
}

fn not_soap(error: SoapError) -> InvalidCall {
    let message = format!("the call is not SOAP as it should be: {error}");
    let code = error.kind.fault_code();
    let is_version = error.kind == SoapErrorKind::VersionMismatch;
    let error = AnswerError {
        code: if is_version {
            "call.version"
        } else {
            "call.not-an-envelope"
        },
        path: error.path,
        message,
    };
    invalid(code, error)
}

fn misunderstood(fault: &HeaderFault<'_>) -> InvalidCall {
    match fault {
        HeaderFault::NotUnderstood(blocks) => {
            let first = blocks.first();
            let name = first.map(|block| format!("{{{}}}{}", block.namespace(), block.local()));
            let error = AnswerError {
                code: "call.must-understand",
                path: first.map(|block| block.path()).unwrap_or_default(),
                message: format!(
                    "the call demands that {} header blocks are understood which are not, the first of them {}; if what they say may be passed over, name them in the setting notification.understood-headers",
                    blocks.len(),
                    name.unwrap_or_default()
                ),
            };
            invalid(StandardCode::MustUnderstand, error)
        }
        HeaderFault::Addressing(fault, block) => {
            let error = AnswerError {
                code: "call.addressing",
                path: block.path(),
                message: format!("{fault}"),
            };
            invalid(StandardCode::Sender, error)
        }
    }
}

/// A call that is read as far as both operations are alike.
pub struct Called<'d> {
    /// Viranomainen, as far as it can be read.
    pub authority: Authority,
    /// Each Kohde, nil or not; or why the call is answered with another code than 0.
    pub items: Result<Vec<Part<'d>>, CallRefusal>,
}

/// Reads what both operations have: Viranomainen, KohdeMaara, and each Kohde as it stands. `called` is the element in the body.
pub fn read_call<'d>(settings: &Settings, operation: Operation, called: Part<'d>) -> Called<'d> {
    match Authority::read(settings, called) {
        Ok(authority) => Called {
            items: check(settings, operation, called, &authority),
            authority,
        },
        Err(error) => Called {
            authority: Authority::default(),
            items: Err(CallRefusal::new(CallCode::INVALID, error)),
        },
    }
}

fn check<'d>(
    settings: &Settings,
    operation: Operation,
    called: Part<'d>,
    authority: &Authority,
) -> Result<Vec<Part<'d>>, CallRefusal> {
    authority.check(settings, &called.path())?;
    if !operation.is_enabled(settings) {
        let error = AnswerError {
            code: "call.not-allowed",
            path: called.path(),
            message: format!("{} is switched off by the settings", operation.element()),
        };
        return Err(CallRefusal::new(CallCode::NOT_ALLOWED, error));
    }
    let invalid = |error| CallRefusal::new(CallCode::INVALID, error);
    let (count, items) = items(settings, called).map_err(invalid)?;
    if i64::try_from(items.len()) != Ok(count) {
        return Err(invalid(AnswerError {
            code: "call.count",
            path: format!("{}/Kysely/KohdeMaara", called.path()),
            message: format!(
                "KohdeMaara says {count}, and the call holds {} Kohde",
                items.len()
            ),
        }));
    }
    let (most, setting) = operation.most_items(settings);
    if items.len() > most {
        let error = AnswerError {
            code: "call.too-many-items",
            path: format!("{}/Kysely/Kohteet", called.path()),
            message: format!(
                "the call holds more than {most} Kohde; send fewer at a time, or have the setting {setting} raised"
            ),
        };
        return Err(CallRefusal::new(CallCode::PROCESSING, error));
    }
    Ok(items)
}

/// KohdeMaara, and each Kohde.
fn items<'d>(settings: &Settings, called: Part<'d>) -> Result<(i64, Vec<Part<'d>>), AnswerError> {
    let is_strict = settings.shape == Shape::Strict;
    if is_strict {
        check_sequence(called, &["Viranomainen", "Kysely"])?;
    }
    let missing = |path: String, what: &str| AnswerError {
        code: "call.incomplete",
        message: format!("there is no {what} where one belongs, in the namespace {NAMESPACE}"),
        path,
    };
    let Some(query) = child(called, "Kysely")? else {
        return Err(missing(format!("{}/Kysely", called.path()), "Kysely"));
    };
    if is_strict {
        check_sequence(query, &["KohdeMaara", "Kohteet"])?;
    }
    let path = || format!("{}/KohdeMaara", query.path());
    let count = token(query, "KohdeMaara")?;
    let count = count.ok_or_else(|| missing(path(), "KohdeMaara"))?;
    // xsd:int.
    let count: i32 = count.parse().map_err(|_| AnswerError {
        code: "call.count",
        path: path(),
        message: "KohdeMaara is no whole number of 32 bits".into(),
    })?;
    let list = child(query, "Kohteet")?;
    let items: Vec<_> = list
        .into_iter()
        .flat_map(|list| named(list, "Kohde"))
        .collect();
    if let Some(list) = list
        && let Some(stranger) = list.children().find(|entry| !entry.is(NAMESPACE, "Kohde"))
    {
        // Nobody knows what it is, and the count may or may not include it.
        return Err(AnswerError {
            code: "call.unexpected-element",
            path: stranger.path(),
            message: format!(
                "Kohteet holds something else than Kohde in the namespace {NAMESPACE}"
            ),
        });
    }
    Ok((count.into(), items))
}
