// SPDX-License-Identifier: Apache-2.0
//! What an answer says, read by its schema.

use roxmltree::{Document, Node};

use super::setup::AnswerShape;
use super::wire::{ASIOINTITILI, Operation, SOAP, STORED, XSI};
use crate::xml::{Children, ShapeError, plain_text};

/// The outcome of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The answer of the operation.
    Answered {
        /// TilaKoodi, if there is one.
        code: Option<i32>,
        /// TilaKoodiKuvaus, with ids of customers left out.
        description: Option<String>,
        /// KohdeMaara; none in answers to VieKohdeTiloja.
        count: Option<i32>,
        /// What is said of each Kohde.
        kohteet: Vec<KohdeAnswer>,
    },
    /// A SOAP Fault.
    Fault {
        /// Local name of the faultcode.
        code: String,
        /// The faultstring, with ids of customers left out.
        text: String,
    },
    /// An answer of HTTP alone, or one that cannot be read, or that was not to be read.
    Http,
    /// No answer.
    Nothing,
}

/// What an answer says of a Kohde.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KohdeAnswer {
    /// AsiointitiliTunniste.
    pub account_id: Option<String>,
    /// ViranomaisTunniste.
    pub authority_id: Option<String>,
    /// KohteenTila.
    pub state: i32,
    /// KohteenTilaKuvaus, with ids of customers left out.
    pub description: Option<String>,
}

/// Why an answer is not as its schema has it.
#[derive(Debug, thiserror::Error)]
pub(super) enum AnswerError {
    #[error("{0}")]
    Shape(#[from] ShapeError),
    #[error("{0} is no xs:int")]
    Int(&'static str),
    #[error("attribute {attribute} is not expected in {element}")]
    Attribute { element: String, attribute: String },
    #[error("the Fault's {0} is empty")]
    Empty(&'static str),
    #[error("the prefix of the faultcode is bound to no namespace")]
    FaultCode,
}

/// The one element in the one Body of a SOAP 1.1 envelope (SOAP 1.1, §4).
pub(super) fn content<'a, 'i>(document: &'a Document<'i>) -> Result<Node<'a, 'i>, ShapeError> {
    let envelope = document.root_element();
    if !envelope.has_tag_name((SOAP, "Envelope")) {
        return Err(unexpected(envelope));
    }
    let mut parts = Children::of(envelope)?;
    parts.optional(SOAP, "Header");
    let body = parts.required(SOAP, "Body")?;
    parts.end()?;
    let mut elements = Children::of(body)?;
    let content = elements.any().ok_or_else(|| ShapeError::Missing {
        expected: "of an operation".to_owned(),
        found: "the end of Body".to_owned(),
    })?;
    elements.end()?;
    Ok(content)
}

/// Whether it is a Fault.
pub(super) fn is_fault(content: Node<'_, '_>) -> bool {
    content.has_tag_name((SOAP, "Fault"))
}

/// A Fault by SOAP 1.1, §4.4: unqualified elements in this order, a faultcode that is a qualified name.
pub(super) fn fault(fault: Node<'_, '_>) -> Result<Outcome, AnswerError> {
    let mut parts = Children::of(fault)?;
    let code = unqualified(parts.any(), "faultcode")?;
    let text = unqualified(parts.any(), "faultstring")?;
    let mut next = parts.any();
    if next.is_some_and(|next| next.tag_name().name() == "faultactor") {
        unqualified(next, "faultactor")?;
        next = parts.any();
    }
    if next.is_some() {
        unqualified(next, "detail")?;
    }
    parts.end()?;
    let name = plain_text(code)?.trim();
    let (prefix, local) = match name.split_once(':') {
        Some((prefix, local)) => (Some(prefix), local),
        None => (None, name),
    };
    if local.is_empty() {
        return Err(AnswerError::Empty("faultcode"));
    }
    // Without a prefix it has to be in the default namespace: codes of no namespace are nobody's.
    if code.lookup_namespace_uri(prefix).is_none() {
        return Err(AnswerError::FaultCode);
    }
    let text = plain_text(text)?.trim();
    if text.is_empty() {
        return Err(AnswerError::Empty("faultstring"));
    }
    Ok(Outcome::Fault {
        code: local.to_owned(),
        text: text.to_owned(),
    })
}

fn unqualified<'a, 'i>(
    found: Option<Node<'a, 'i>>,
    name: &str,
) -> Result<Node<'a, 'i>, ShapeError> {
    match found {
        Some(node) if node.tag_name().name() == name && node.tag_name().namespace().is_none() => {
            Ok(node)
        }
        Some(node) => Err(unexpected(node)),
        None => Err(ShapeError::Missing {
            expected: name.to_owned(),
            found: "the end of Fault".to_owned(),
        }),
    }
}

fn unexpected(node: Node<'_, '_>) -> ShapeError {
    ShapeError::Unexpected(node.tag_name().name().to_owned())
}

/// Whether the content of the Body is the answer to this operation, in its namespace.
pub(super) fn is_answer_to(content: Node<'_, '_>, operation: Operation) -> bool {
    let name = format!("{}Response", operation.name());
    content.has_tag_name((ASIOINTITILI, name.as_str()))
}

/// The answer to an operation.
pub(super) fn answer(
    response: Node<'_, '_>,
    operation: Operation,
    shape: AnswerShape,
) -> Result<Outcome, AnswerError> {
    let mut parts = fields(response, &[])?;
    let result = parts.optional(ASIOINTITILI, &format!("{}Result", operation.name()));
    parts.end()?;
    let Some(result) = result else {
        return Ok(Outcome::Answered {
            code: None,
            description: None,
            count: None,
            kohteet: Vec::new(),
        });
    };
    let mut parts = fields(result, &[])?;
    let (code, description) = match parts.optional(ASIOINTITILI, "TilaKoodi") {
        Some(code) => call_code(code)?,
        None => (None, None),
    };
    let (count, kohteet) = match operation {
        Operation::VieKohteita => {
            let count = int(parts.required(ASIOINTITILI, "KohdeMaara")?, "KohdeMaara")?;
            let kohteet = parts.optional(ASIOINTITILI, "Kohteet");
            let kohteet = kohteet.map(|kohteet| list(kohteet, shape)).transpose()?;
            (Some(count), kohteet.unwrap_or_default())
        }
        Operation::VieKohdeTiloja => (None, Vec::new()),
    };
    parts.end()?;
    Ok(Outcome::Answered {
        code,
        description,
        count,
        kohteet,
    })
}

/// TilaKoodi_WS.
fn call_code(element: Node<'_, '_>) -> Result<(Option<i32>, Option<String>), AnswerError> {
    let mut parts = fields(element, &[])?;
    let code = int(parts.required(ASIOINTITILI, "TilaKoodi")?, "TilaKoodi")?;
    let description = text(parts.optional(ASIOINTITILI, "TilaKoodiKuvaus"))?;
    text(parts.optional(ASIOINTITILI, "SanomaTunniste"))?;
    parts.end()?;
    Ok((Some(code), description))
}

fn list(element: Node<'_, '_>, shape: AnswerShape) -> Result<Vec<KohdeAnswer>, AnswerError> {
    let mut parts = fields(element, &[])?;
    let mut found = Vec::new();
    while let Some(kohde) = parts.optional(ASIOINTITILI, "Kohde") {
        match shape {
            AnswerShape::Wsdl => found.push(kohde_of_description(kohde)?),
            AnswerShape::DocumentV11 => found.push(kohde_of_document(kohde)?),
        }
    }
    parts.end()?;
    Ok(found)
}

/// Kohde_WSPA5_V.
fn kohde_of_description(element: Node<'_, '_>) -> Result<KohdeAnswer, AnswerError> {
    let mut parts = fields(element, &[])?;
    let account_id = text(parts.optional(ASIOINTITILI, "AsiointitiliTunniste"))?;
    let authority_id = text(parts.optional(ASIOINTITILI, "ViranomaisTunniste"))?;
    let state = int(parts.required(ASIOINTITILI, "KohteenTila")?, "KohteenTila")?;
    let description = text(parts.optional(ASIOINTITILI, "KohteenTilaKuvaus"))?;
    parts.end()?;
    Ok(KohdeAnswer {
        account_id,
        authority_id,
        state,
        description,
    })
}

/// The shape that document V1.1 describes, that of the authority-side KohdeJaAsiakasTila_WS2_V. Where there are several Asiakas, the first that is not
/// stored stands for the Kohde.
fn kohde_of_document(element: Node<'_, '_>) -> Result<KohdeAnswer, AnswerError> {
    let mut parts = fields(element, &[])?;
    let authority_id = text(parts.optional(ASIOINTITILI, "ViranomaisTunniste"))?;
    let mut said = customer_of_document(parts.required(ASIOINTITILI, "Asiakas")?)?;
    while let Some(other) = parts.optional(ASIOINTITILI, "Asiakas") {
        let other = customer_of_document(other)?;
        if STORED.contains(&said.state) && !STORED.contains(&other.state) {
            said = other;
        }
    }
    parts.end()?;
    Ok(KohdeAnswer {
        authority_id,
        ..said
    })
}

fn customer_of_document(element: Node<'_, '_>) -> Result<KohdeAnswer, AnswerError> {
    let mut parts = fields(element, &["AsiakasTunnus", "TunnusTyyppi"])?;
    let account_id = text(parts.optional(ASIOINTITILI, "AsiointitiliTunniste"))?;
    let state = int(parts.required(ASIOINTITILI, "KohteenTila")?, "KohteenTila")?;
    let description = text(parts.optional(ASIOINTITILI, "KohteenTilaKuvaus"))?;
    parts.end()?;
    Ok(KohdeAnswer {
        account_id,
        authority_id: None,
        state,
        description,
    })
}

/// The elements of a type that has these attributes and no others; those of XML Schema may stand anywhere.
fn fields<'a, 'i>(
    element: Node<'a, 'i>,
    attributes: &[&str],
) -> Result<Children<'a, 'i>, AnswerError> {
    let mut others = element.attributes().filter(|attribute| {
        let is_known = attribute.namespace().is_none() && attributes.contains(&attribute.name());
        !is_known && attribute.namespace() != Some(XSI)
    });
    if let Some(other) = others.next() {
        return Err(AnswerError::Attribute {
            element: element.tag_name().name().to_owned(),
            attribute: other.name().to_owned(),
        });
    }
    Ok(Children::of(element)?)
}

fn text(element: Option<Node<'_, '_>>) -> Result<Option<String>, AnswerError> {
    let Some(element) = element else {
        return Ok(None);
    };
    fields_of_text(element)?;
    Ok(Some(plain_text(element)?.to_owned()))
}

fn int(element: Node<'_, '_>, name: &'static str) -> Result<i32, AnswerError> {
    fields_of_text(element)?;
    // White space around it is collapsed (XML Schema part 2, §4.3.6).
    let text = plain_text(element)?.trim_matches([' ', '\t', '\r', '\n']);
    text.parse().map_err(|_| AnswerError::Int(name))
}

fn fields_of_text(element: Node<'_, '_>) -> Result<(), AnswerError> {
    let found = element
        .attributes()
        .find(|found| found.namespace() != Some(XSI));
    found.map_or(Ok(()), |found| {
        Err(AnswerError::Attribute {
            element: element.tag_name().name().to_owned(),
            attribute: found.name().to_owned(),
        })
    })
}
