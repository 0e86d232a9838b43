// SPDX-License-Identifier: Apache-2.0
//! A Kohde of VieKohteita: what a citizen has written (V1.1, request of VieKohteita; WSDL, Kohde_WSPA5).

use agency_http::AnswerError;
use canonical_xml::{Piece, Source, Text};
use ws_security::Part;

use super::{
    Attachment, Customer, ItemRefusal, ItemState, Maxima, Settings, Shape, Time, attachment,
    lengths::check_lengths,
    read_time,
    reader::{
        NAMESPACE, attribute, check_leaf, check_sequence, child, is_nil, named, text, token,
        unknown,
    },
};

/// Children of a Kohde, in the order of the newer WSDL.
const SEQUENCE: [&str; 9] = [
    "Asiakas",
    "AsiointitiliTunniste",
    "Viittaus",
    "Nimeke",
    "LahetysPvm",
    "LahettajaNimi",
    "KuvausTeksti",
    "Tiedostot",
    "ViranomaisenEmail",
];

/// A message as it came. Personal, so that there is no `Debug`.
pub struct Message<'d> {
    /// Whose mailbox it comes from: one, or several in the lenient shape, or none where the settings allow that.
    pub customers: Vec<Customer>,
    /// AsiointitiliTunniste: the service's id of the message, of each customer's copy its own.
    pub mailbox_id: Option<String>,
    /// Viittaus.
    pub references: Vec<Reference>,
    /// Nimeke; empty where it is missing in the lenient shape.
    pub title: String,
    /// LahetysPvm.
    pub sent: Option<Time>,
    /// LahettajaNimi.
    pub sender_name: Option<String>,
    /// KuvausTeksti, which may have been left in the source; see [`read_text`].
    pub body: Option<Text<'d>>,
    /// Tiedostot.
    pub attachments: Vec<Attachment<'d>>,
    /// ViranomaisenEmail, an address each.
    pub authority_addresses: Vec<String>,
    /// How many elements were passed over because nobody here knows them.
    pub unknown: usize,
}

/// What a message refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// ViittausTunniste.
    pub id: Option<String>,
    /// ViittausTunnisteTyyppi as it came.
    pub kind: Option<String>,
}

/// Whose id a reference is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferenceKind {
    /// The service's.
    Mailbox,
    /// The authority's own.
    Authority,
}

impl Reference {
    /// Whose id it is; none for a type that is not documented.
    pub fn of_kind(&self) -> Option<ReferenceKind> {
        match self.kind.as_deref()? {
            "AsiointitiliTunniste" => Some(ReferenceKind::Mailbox),
            "ViranomaisTunniste" => Some(ReferenceKind::Authority),
            _ => None,
        }
    }
}

/// Reads a Kohde and judges all of it that can be judged without the bytes of its attachments.
///
/// # Errors
/// Why it is not stored.
pub fn read_message<'d>(settings: &Settings, item: Part<'d>) -> Result<Message<'d>, ItemRefusal> {
    if is_nil(item) {
        let message = "the Kohde is nil (xsi:nil), so that there is nothing to store";
        return Err(ItemRefusal::new(
            ItemState::CONTENT,
            "message.nil",
            item.path(),
            message,
        ));
    }
    let customers = customers(settings, item)?;
    let message = Message {
        customers,
        mailbox_id: token(item, "AsiointitiliTunniste")?,
        references: references(item)?,
        title: required_text(settings, item, "Nimeke")?,
        sent: sent(settings, item)?,
        sender_name: text(item, "LahettajaNimi")?,
        body: body(settings, item)?,
        attachments: attachment::read_all(settings, item)?,
        authority_addresses: addresses(token(item, "ViranomaisenEmail")?.as_deref()),
        unknown: unknown(item, &SEQUENCE),
    };
    check_maxima(&settings.maxima, item, &message)?;
    Ok(message)
}

fn customers(settings: &Settings, item: Part<'_>) -> Result<Vec<Customer>, ItemRefusal> {
    let elements = named(item, "Asiakas").filter(|element| !is_nil(*element));
    let elements: Vec<_> = elements.collect();
    let customers: Vec<_> = elements.iter().copied().map(Customer::of).collect();
    if settings.shape == Shape::Strict {
        // The one element that may be there several times; the rest of the shape is judged here as well.
        if customers.len() > 1 {
            let message = "a Kohde has several Asiakas, which the published description does not allow; with the setting shape = \"lenient\" each gives a message of its own";
            return Err(ItemRefusal::new(
                ItemState::CONTENT,
                "message.several-customers",
                item.path(),
                message,
            ));
        }
        check_sequence(item, &SEQUENCE)?;
    }
    let is_named = |customer: &Customer| customer.id.is_some();
    if settings.messages.customer_required
        && (customers.is_empty() || !customers.iter().all(is_named))
    {
        let message = "there is no Asiakas with an AsiakasTunnus, so that nobody could be answered; with the setting messages.customer-required = false it is stored all the same";
        return Err(ItemRefusal::new(
            ItemState::CONTENT,
            "message.no-customer",
            format!("{}/Asiakas", item.path()),
            message,
        ));
    }
    for (customer, element) in customers.iter().zip(elements) {
        customer.check(settings.customer_ids, element)?;
    }
    Ok(customers)
}

/// Viittaus with Viittaus_WS in it; in the lenient reading also Viittaus with the attributes on itself, as on the authorities' side.
fn references(item: Part<'_>) -> Result<Vec<Reference>, AnswerError> {
    let Some(list) = child(item, "Viittaus")? else {
        return Ok(Vec::new());
    };
    let inner = list
        .children()
        .filter(|child| child.is(NAMESPACE, "Viittaus_WS"));
    let all = std::iter::once(list).chain(inner.filter(|element| !is_nil(*element)));
    let read = all.map(|element| Reference {
        id: attribute(element, "ViittausTunniste"),
        kind: attribute(element, "ViittausTunnisteTyyppi"),
    });
    Ok(read.filter(|reference| reference.id.is_some()).collect())
}

/// A text that the newer WSDL requires and that of 2014 does not.
fn required_text(
    settings: &Settings,
    item: Part<'_>,
    local: &'static str,
) -> Result<String, AnswerError> {
    match (text(item, local)?, settings.shape) {
        (Some(text), _) => Ok(text),
        (None, Shape::Strict) if named(item, local).next().is_none() => Err(missing(item, local)),
        (None, _) => Ok(String::new()),
    }
}

fn missing(item: Part<'_>, local: &str) -> AnswerError {
    AnswerError {
        code: "message.incomplete",
        path: format!("{}/{local}", item.path()),
        message: format!(
            "{local} is missing, which the newer published description requires; with the setting shape = \"lenient\" it may be"
        ),
    }
}

fn sent(settings: &Settings, item: Part<'_>) -> Result<Option<Time>, AnswerError> {
    let written = token(item, "LahetysPvm")?;
    if settings.shape == Shape::Strict && named(item, "LahetysPvm").next().is_none() {
        return Err(missing(item, "LahetysPvm"));
    }
    let time = written.map(|written| read_time(settings.local_time, written));
    match &time {
        // A time without an offset is one that the settings say nothing of, and kept as written.
        Some(time) if time.moment.is_none() && settings.shape == Shape::Strict => {
            Err(AnswerError {
                code: "message.invalid-time",
                path: format!("{}/LahetysPvm", item.path()),
                message: "this is no time (xsd:dateTime), or one without an offset from UTC; with the setting shape = \"lenient\" it is kept as it is written".into(),
            })
        }
        _ => Ok(time),
    }
}

fn body<'d>(settings: &Settings, item: Part<'d>) -> Result<Option<Text<'d>>, AnswerError> {
    let element = child(item, "KuvausTeksti")?;
    if settings.shape == Shape::Strict && named(item, "KuvausTeksti").next().is_none() {
        return Err(missing(item, "KuvausTeksti"));
    }
    element.map_or(Ok(None), |element| {
        check_leaf(element)?;
        Ok(Some(element.text()))
    })
}

/// Addresses apart; they are separated by semicolons (V1.1).
pub(super) fn addresses(text: Option<&str>) -> Vec<String> {
    let addresses = text.unwrap_or_default().split(';').map(str::trim);
    addresses
        .filter(|address| !address.is_empty())
        .map(str::to_owned)
        .collect()
}

fn check_maxima(maxima: &Maxima, item: Part<'_>, message: &Message<'_>) -> Result<(), ItemRefusal> {
    let mail = message.authority_addresses.join(";");
    let mut fields = vec![
        (
            maxima.title,
            Some(message.title.as_str()),
            "Nimeke",
            "title",
        ),
        (
            maxima.sender_name,
            message.sender_name.as_deref(),
            "LahettajaNimi",
            "sender-name",
        ),
        (
            maxima.authority_mail,
            Some(mail.as_str()),
            "ViranomaisenEmail",
            "authority-mail",
        ),
    ];
    for reference in &message.references {
        let at = "Viittaus/Viittaus_WS";
        fields.push((maxima.reference, reference.id.as_deref(), at, "reference"));
        let kind = reference.kind.as_deref();
        fields.push((maxima.reference_type, kind, at, "reference-type"));
    }
    for customer in &message.customers {
        fields.push((
            maxima.customer_id,
            customer.id.as_deref(),
            "Asiakas",
            "customer-id",
        ));
        let kind = customer.id_type.as_deref();
        fields.push((maxima.customer_id_type, kind, "Asiakas", "customer-id-type"));
    }
    check_lengths(|| item.path(), &fields)
}

/// Reads a text of which parts may have been left in the source. `None` where it has more bytes than `most`.
///
/// # Errors
/// Those of the source.
pub fn read_text<S: Source>(
    source: &S,
    text: Text<'_>,
    most: u64,
) -> Result<Option<String>, S::Error> {
    let mut bytes = Vec::new();
    for piece in text.pieces() {
        let length = match &piece {
            Piece::Str(text) => text.len() as u64,
            Piece::Source(range) => range.end.saturating_sub(range.start),
        };
        if bytes.len() as u64 + length > most {
            return Ok(None);
        }
        match piece {
            Piece::Str(text) => bytes.extend_from_slice(text.as_bytes()),
            Piece::Source(range) => read_range(source, range, &mut bytes)?,
        }
    }
    // What was left is ASCII.
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// How much of a source is read at a time: no more than a host hands over.
const CHUNK: u64 = 64 << 10;

fn read_range<S: Source>(
    source: &S,
    range: std::ops::Range<u64>,
    into: &mut Vec<u8>,
) -> Result<(), S::Error> {
    let mut start = range.start;
    while start < range.end {
        let length = (range.end - start).min(CHUNK);
        source.read(start, usize::try_from(length).unwrap_or(usize::MAX), into)?;
        start += length;
    }
    Ok(())
}

/// Whose Kohde it is, as far as that can be told of one that may be bad otherwise: AsiointitiliTunniste and customers, for the answer.
pub fn identity(item: Part<'_>) -> (Option<String>, Vec<Customer>) {
    let customers = named(item, "Asiakas").map(Customer::of).collect();
    (
        token(item, "AsiointitiliTunniste").ok().flatten(),
        customers,
    )
}
