// SPDX-License-Identifier: Apache-2.0
//! A Kohde of VieKohdeTiloja: the status of a message (V1.1; WSDL, Kohde_WSPA4).

use agency_http::AnswerError;
use suomifi_messages::Status;
use ws_security::Part;

use super::{
    Customer, Settings, Time,
    message::addresses,
    read_time,
    reader::{child, is_nil, text, token},
};

/// A status as it came. Personal, so that there is no `Debug`.
pub struct StatusItem {
    /// ViranomaisTunniste: our reference of the message.
    pub reference: Option<String>,
    /// Asiakas.
    pub customer: Option<Customer>,
    /// AsiointitiliTunniste: the service's id of the message.
    pub mailbox_id: Option<String>,
    /// KohteenTila as written.
    pub code: Option<String>,
    /// KohteenTilaPvm.
    pub time: Option<Time>,
    /// KohteenTilaKuvaus.
    pub description: Option<String>,
    /// ViranomaisenEmail, an address each.
    pub authority_addresses: Vec<String>,
    /// Nimeke.
    pub title: Option<String>,
}

impl StatusItem {
    /// The code, if it is a number.
    pub fn number(&self) -> Option<i64> {
        self.code.as_deref()?.parse().ok()
    }

    /// What the code means (V1.1, codes of VieKohdeTiloja); none for one that is not documented there.
    pub fn status(&self) -> Option<Status> {
        match self.number()? {
            // Accepted for processing; the final state comes by a call of its own (V1.1, response of VieKohteita).
            202 => Some(Status::Accepted),
            200 => Some(Status::Delivered),
            220 => Some(Status::Opened),
            230 => Some(Status::Acknowledged),
            _ => None,
        }
    }
}

/// Reads a Kohde. The operation has no answer for a single one, so that what can be read is taken as it is.
///
/// # Errors
/// Why it cannot be told what it says.
pub fn read_status(settings: &Settings, item: Part<'_>) -> Result<StatusItem, AnswerError> {
    let unreadable = |message: &str| AnswerError {
        code: "status.unreadable",
        path: item.path(),
        message: message.into(),
    };
    if is_nil(item) {
        return Err(unreadable("the Kohde is nil (xsi:nil)"));
    }
    let Some(customer) = child(item, "Asiakas")? else {
        return Err(unreadable(
            "the Kohde has no Asiakas, in which the status would stand",
        ));
    };
    let time = token(customer, "KohteenTilaPvm")?;
    Ok(StatusItem {
        reference: token(item, "ViranomaisTunniste")?,
        mailbox_id: token(customer, "AsiointitiliTunniste")?,
        code: token(customer, "KohteenTila")?,
        time: time.map(|written| read_time(settings.local_time, written)),
        description: text(customer, "KohteenTilaKuvaus")?,
        customer: Some(Customer::of(customer)),
        authority_addresses: addresses(token(item, "ViranomaisenEmail")?.as_deref()),
        title: text(item, "Nimeke")?,
    })
}
