// SPDX-License-Identifier: Apache-2.0
//! What calls are answered with (V1.1, responses; WSDL).

use canonical_xml::{Element, NoBlob};
use soap::{Reason, StandardCode, Version, envelope};

use super::{CallCode, Customer, ItemShape, ItemState, Operation, Settings, reader::NAMESPACE};

/// Longest description in an answer, in characters: nothing is published.
const LONGEST_DESCRIPTION: usize = 1000;

/// What becomes of one Kohde.
pub struct ItemAnswer<'a> {
    /// AsiointitiliTunniste of the Kohde, if it has one.
    pub mailbox_id: Option<&'a str>,
    /// ViranomaisTunniste: our own id of the message; none where it is not stored.
    pub own_id: Option<&'a str>,
    /// Customers of the Kohde; the shape of V1.1 names them.
    pub customers: &'a [Customer],
    /// KohteenTila.
    pub state: ItemState,
    /// KohteenTilaKuvaus.
    pub description: &'a str,
}

/// The answer to a call. `call_id` is its SanomaTunniste, if it has one; `items` are answered in VieKohteita only, and none when the code is not 0.
pub fn response(
    settings: &Settings,
    operation: Operation,
    (code, description): (CallCode, &str),
    call_id: Option<&str>,
    items: &[ItemAnswer<'_>],
) -> Element<NoBlob> {
    // TilaKoodi in TilaKoodi: the WSDL has both by the same name.
    let status = element("TilaKoodi")
        .with_child(element("TilaKoodi").with_text(code.number().to_string()))
        .with_child(element("TilaKoodiKuvaus").with_text(shortened(description)))
        .with_children(call_id.map(|id| element("SanomaTunniste").with_text(id)));
    let (response, result) = match operation {
        Operation::Messages => ("VieKohteitaResponse", "VieKohteitaResult"),
        Operation::Statuses => ("VieKohdeTilojaResponse", "VieKohdeTilojaResult"),
    };
    let mut result = element(result).with_child(status);
    if operation == Operation::Messages {
        // KohdeMaara is mandatory, whatever the code: 0 when nothing was processed.
        let count = items.len().to_string();
        result.push_child(element("KohdeMaara").with_text(count));
        if !items.is_empty() {
            let shape = settings.response.item_shape;
            let answers = items.iter().map(|answer| item(shape, answer));
            result.push_child(element("Kohteet").with_children(answers));
        }
    }
    let response = element(response).with_child(result);
    envelope(Version::V11, Vec::new(), vec![response])
}

fn item(shape: ItemShape, answer: &ItemAnswer<'_>) -> Element<NoBlob> {
    let mailbox_id = || {
        let id = answer.mailbox_id;
        id.map(|id| element("AsiointitiliTunniste").with_text(id))
    };
    let own_id = answer.own_id;
    let own_id = own_id.map(|id| element("ViranomaisTunniste").with_text(id));
    let state = || {
        let text = shortened(answer.description);
        [
            element("KohteenTila").with_text(answer.state.number().to_string()),
            element("KohteenTilaKuvaus").with_text(text),
        ]
    };
    match shape {
        ItemShape::Wsdl => element("Kohde")
            .with_children(mailbox_id())
            .with_children(own_id)
            .with_children(state()),
        ItemShape::Spec11 => {
            let customer = |customer: Option<&Customer>| {
                let mut asiakas = element("Asiakas");
                let (id, kind) = match customer {
                    Some(customer) => (customer.id.clone(), customer.id_type.clone()),
                    None => (None, None),
                };
                for (name, value) in [("AsiakasTunnus", id), ("TunnusTyyppi", kind)] {
                    if let Some(value) = value {
                        asiakas.push_attribute(name, value);
                    }
                }
                asiakas.with_children(mailbox_id()).with_children(state())
            };
            let customers = answer.customers.iter().map(|one| customer(Some(one)));
            let mut customers: Vec<_> = customers.collect();
            if customers.is_empty() {
                customers.push(customer(None));
            }
            element("Kohde")
                .with_children(own_id)
                .with_children(customers)
        }
    }
}

fn element(local: &'static str) -> Element<NoBlob> {
    Element::new(NAMESPACE, local)
}

fn shortened(text: &str) -> String {
    text.chars().take(LONGEST_DESCRIPTION).collect()
}

/// A fault, to be sent with status 500 (SOAP 1.1 §6.2).
pub fn fault(code: StandardCode, text: &str) -> Element<NoBlob> {
    let reason = Reason::new("en", shortened(text));
    let fault = soap::fault(Version::V11, code, &reason, Vec::new());
    envelope(Version::V11, Vec::new(), vec![fault])
}

/// The fault of a signature that does not count (SOAP Message Security 1.0 §12), to be sent with status 500.
pub fn failed_check(text: &str) -> Element<NoBlob> {
    let code = Element::new("", "faultcode")
        .with_declaration("wsse", ws_security::SECURITY_NAMESPACE)
        .with_text("wsse:FailedCheck");
    let reason = Element::new("", "faultstring").with_text(shortened(text));
    let fault = Element::new(Version::V11.namespace(), "Fault")
        .with_prefix("soapenv")
        .with_children([code, reason]);
    envelope(Version::V11, Vec::new(), vec![fault])
}
