// SPDX-License-Identifier: Apache-2.0
//! WS-Addressing, as far as it can be understood without being acted on: by a receiver that answers where it was asked.
//!
//! What it says has to agree with what transport says, and to ask for nothing else (Web Services Addressing 1.0, Core §3, SOAP Binding §6.4).

use canonical_xml::ElementRef;

/// The namespaces of WS-Addressing: the recommendation, and the submission that older senders use.
pub const ADDRESSING_NAMESPACES: [&str; 2] = [W3C, SUBMISSION];

const W3C: &str = "http://www.w3.org/2005/08/addressing";
const SUBMISSION: &str = "http://schemas.xmlsoap.org/ws/2004/08/addressing";

/// Of each there is one at most; of `RelatesTo` any number (Core §3.2).
const SINGLE: [&str; 6] = ["Action", "To", "From", "ReplyTo", "FaultTo", "MessageID"];

/// What cannot be understood of WS-Addressing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressingFault {
    /// The same block twice (SOAP Binding §6.4.1.3, InvalidCardinality).
    #[error("this block of WS-Addressing is there more than once; send it once")]
    Repeated,
    /// No `Action` (SOAP Binding §6.4.2).
    #[error("WS-Addressing must be understood, and has no Action; send exactly one")]
    ActionMissing,
    /// `Action` is not the action of the transport (SOAP Binding §6.4.1.7).
    #[error(
        "the Action of WS-Addressing is not the action that HTTP names (SOAPAction, or the parameter action of the media type); send the same, or none by HTTP"
    )]
    ActionMismatch,
    /// An address or identifier that is no absolute URI (SOAP Binding §6.4.1.1).
    #[error("this block of WS-Addressing has to hold one absolute URI, and does not")]
    NotAUri,
    /// Answers or faults are to go elsewhere (SOAP Binding §6.4.1.8).
    #[error(
        "the answer is to go to another address than where the request came from, which is not done here; name the anonymous address or none"
    )]
    OnlyAnonymous,
    /// The message is for another address (SOAP Binding §6.4.4).
    #[error(
        "the message is addressed to another place than it came to; send it to the address that it names in To"
    )]
    OtherDestination,
}

/// What transport says of a message that WS-Addressing says as well.
#[derive(Clone, Copy, Debug, Default)]
pub struct Delivery<'a> {
    /// The action: SOAPAction without quotes, or the parameter of the media type; `None` where it is empty or not there.
    pub action: Option<&'a str>,
    /// The path that a call came to; `None` for an answer, which comes back to whoever asked.
    pub path: Option<&'a str>,
}

pub(crate) fn is_addressing(namespace: &str) -> bool {
    ADDRESSING_NAMESPACES.contains(&namespace)
}

/// Whether a block of the namespace is one that the specification has.
pub(crate) fn is_known(block: ElementRef<'_>) -> bool {
    SINGLE.contains(&block.local()) || block.local() == "RelatesTo"
}

/// Judges all blocks of one namespace that are for us.
pub(crate) fn check<'d>(
    namespace: &str,
    blocks: &[ElementRef<'d>],
    delivery: Delivery<'_>,
) -> Result<(), (AddressingFault, ElementRef<'d>)> {
    let of_namespace = |block: &&ElementRef<'d>| block.namespace() == namespace;
    let blocks: Vec<ElementRef<'d>> = blocks.iter().filter(of_namespace).copied().collect();
    let find = |local: &str| blocks.iter().copied().find(|block| block.local() == local);
    for (index, block) in blocks.iter().enumerate() {
        let mut earlier = blocks.iter().take(index);
        let is_single = SINGLE.contains(&block.local());
        if is_single && earlier.any(|other| other.local() == block.local()) {
            return Err((AddressingFault::Repeated, *block));
        }
    }
    // There is a block: one of them must be understood.
    let Some(first) = blocks.first() else {
        return Ok(());
    };
    let action = find("Action").ok_or((AddressingFault::ActionMissing, *first))?;
    let named = uri(action)?;
    if delivery.action.is_some_and(|action| action != named) {
        return Err((AddressingFault::ActionMismatch, action));
    }
    for block in find("MessageID").into_iter().chain(find("To")) {
        uri(block)?;
    }
    for local in ["ReplyTo", "FaultTo"] {
        if let Some(block) = find(local) {
            check_reply(namespace, block)?;
        }
    }
    match find("To") {
        Some(to) if !leads_here(namespace, &uri(to)?, delivery) => {
            Err((AddressingFault::OtherDestination, to))
        }
        _ => Ok(()),
    }
}

/// Answers go back by the connection that the call came by. Of faults, nobody may want to know.
fn check_reply<'d>(
    namespace: &str,
    block: ElementRef<'d>,
) -> Result<(), (AddressingFault, ElementRef<'d>)> {
    let mut addresses = block
        .children()
        .filter(|child| child.is(namespace, "Address"));
    let (Some(address), None) = (addresses.next(), addresses.next()) else {
        return Err((AddressingFault::NotAUri, block));
    };
    let address = uri(address)?;
    let is_faults = block.local() == "FaultTo";
    match address == anonymous(namespace) || (is_faults && address == none()) {
        true => Ok(()),
        false => Err((AddressingFault::OnlyAnonymous, block)),
    }
}

/// Whether a message with this destination is for whom it came to. Hosts are not compared: a proxy may go by another name. An answer has
/// none but the anonymous one.
fn leads_here(namespace: &str, to: &str, delivery: Delivery<'_>) -> bool {
    if to == anonymous(namespace) {
        return true;
    }
    let Some(path) = delivery.path else {
        return false;
    };
    let (scheme, rest) = to.split_once("://").unwrap_or(("", to));
    if !matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https") {
        // A name rather than a place, such as urn:…, is whatever sender and receiver agreed on.
        return scheme.is_empty();
    }
    let without_query = |text: &str| text.split(['?', '#']).next().unwrap_or_default().to_owned();
    let begins = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let of_url = without_query(rest.get(begins..).unwrap_or_default());
    let of_url = if of_url.is_empty() {
        "/"
    } else {
        of_url.as_str()
    };
    of_url == without_query(path)
}

fn anonymous(namespace: &str) -> &'static str {
    match namespace {
        SUBMISSION => "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous",
        _ => "http://www.w3.org/2005/08/addressing/anonymous",
    }
}

fn none() -> &'static str {
    "http://www.w3.org/2005/08/addressing/none"
}

/// The text of an element that holds an absolute URI and nothing else.
fn uri(element: ElementRef<'_>) -> Result<String, (AddressingFault, ElementRef<'_>)> {
    let refused = (AddressingFault::NotAUri, element);
    if element.children().next().is_some() {
        return Err(refused);
    }
    let Some(text) = element.text().to_str() else {
        return Err(refused);
    };
    let text = text.trim();
    let is_absolute = text.split_once(':').is_some_and(|(scheme, rest)| {
        let mut letters = scheme.bytes();
        letters
            .next()
            .is_some_and(|first| first.is_ascii_alphabetic())
            && letters.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
            && !rest.is_empty()
    });
    match is_absolute && !text.contains(char::is_whitespace) {
        true => Ok(text.to_owned()),
        false => Err(refused),
    }
}
