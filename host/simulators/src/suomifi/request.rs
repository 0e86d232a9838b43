// SPDX-License-Identifier: Apache-2.0
//! The XML of a call.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::attachment::Attachment;
use super::draft::{Content, Draft, Edition, Letter, Oddity};
use super::message::{Customer, Reference, StatusReport};
use super::setup::SuomifiSetup;
use super::wire::{ASIOINTITILI, XSI};
use crate::xml::escape;

/// The header `paluukanavaUrl`, which the description of 2014 does not have.
pub(super) fn header(draft: &Draft, setup: &SuomifiSetup, called: &str) -> String {
    let url = setup.return_channel_url.as_deref().unwrap_or(called);
    match draft.edition {
        Edition::Newer => format!(
            "<asi:paluukanavaUrl xmlns:asi=\"{ASIOINTITILI}\">{}</asi:paluukanavaUrl>",
            escape(url)
        ),
        Edition::Of2014 => String::new(),
    }
}

/// The operation, which goes into the Body.
pub(super) fn operation(draft: &Draft, setup: &SuomifiSetup) -> String {
    let name = draft.operation().name();
    let kohteet: String = match &draft.content {
        Content::Messages(letters) => letters
            .iter()
            .map(|letter| message(letter, draft.edition, setup))
            .collect(),
        Content::Reports(reports) => reports
            .iter()
            .map(|report| status_report(report, draft.edition, setup))
            .collect(),
    };
    format!(
        "<asi:{name} xmlns:asi=\"{ASIOINTITILI}\">{}<asi:Kysely>{}{}</asi:Kysely></asi:{name}>",
        authority(draft, setup),
        element("KohdeMaara", &draft.count.to_string()),
        within("Kohteet", &kohteet),
    )
}

fn authority(draft: &Draft, setup: &SuomifiSetup) -> String {
    let fields = [
        element("ViranomaisTunnus", &draft.authority_id),
        element("PalveluTunnus", &draft.service_id),
        element("KayttajaTunnus", &setup.user_id),
        element("SanomaTunniste", &draft.message_id),
        element("SanomaVersio", &setup.message_version),
        optional("SanomaVarmenneNimi", setup.certificate_name.as_deref()),
    ];
    within("Viranomainen", &fields.concat())
}

/// Kohde_WSPA5.
fn message(letter: &Letter, edition: Edition, setup: &SuomifiSetup) -> String {
    let message = &letter.message;
    let is_nil = letter.oddity == Some(Oddity::Nil);
    let also = letter.also.iter().map(|also| customer(also, edition));
    let customers: String = std::iter::once(customer(&message.sender, edition))
        .chain(also)
        .collect();
    let sent_at = match is_nil {
        true => nil("LahetysPvm"),
        false => element("LahetysPvm", &message.sent_at),
    };
    let email = setup.authority_email.as_deref();
    let fields = [
        customers,
        element("AsiointitiliTunniste", &message.account_id),
        references(message.reference.as_ref(), is_nil),
        // Mandatory only since the newer description.
        optional(
            "Nimeke",
            (edition == Edition::Newer).then_some(&message.title),
        ),
        sent_at,
        optional("LahettajaNimi", message.sender_name.as_deref()),
        element("KuvausTeksti", &message.text),
        attachments(letter),
        optional(
            "ViranomaisenEmail",
            email.filter(|_| edition == Edition::Newer),
        ),
    ];
    within("Kohde", &fields.concat())
}

fn customer(customer: &Customer, edition: Edition) -> String {
    let (email, phone) = match edition {
        Edition::Newer => (customer.email.as_deref(), customer.phone.as_deref()),
        Edition::Of2014 => (None, None),
    };
    let attributes = [
        attribute("AsiakasTunnus", Some(&customer.id)),
        attribute("Sahkoposti", email),
        attribute("Matkapuhelin", phone),
        attribute("TunnusTyyppi", Some(customer.kind.code())),
    ];
    format!("<asi:Asiakas{}/>", attributes.concat())
}

fn references(reference: Option<&Reference>, is_nil: bool) -> String {
    let given = reference.map(|reference| {
        let attributes = [
            attribute("ViittausTunniste", Some(&reference.id)),
            attribute("ViittausTunnisteTyyppi", Some(reference.kind.code())),
        ];
        format!("<asi:Viittaus_WS{}/>", attributes.concat())
    });
    let entries: String = given
        .into_iter()
        .chain(is_nil.then(|| nil("Viittaus_WS")))
        .collect();
    match entries.is_empty() {
        true => entries,
        false => within("Viittaus", &entries),
    }
}

fn attachments(letter: &Letter) -> String {
    let is_broken = letter.oddity == Some(Oddity::BrokenBase64);
    let entries = letter.message.attachments.iter().map(|attached| {
        let mut content = STANDARD.encode(&attached.content);
        if is_broken {
            content.insert_str(10, "*ä*");
        }
        attachment(attached, &content)
    });
    let is_nil = letter.oddity == Some(Oddity::Nil);
    let entries: String = entries.chain(is_nil.then(|| nil("Tiedosto"))).collect();
    match entries.is_empty() {
        true => entries,
        false => within("Tiedostot", &entries),
    }
}

fn attachment(attachment: &Attachment, content: &str) -> String {
    let fields = [
        optional("TiedostonKuvaus", attachment.description.as_deref()),
        element("TiedostoSisalto", content),
        element("TiedostoKoko", &attachment.kilobytes().to_string()),
        element("TiedostoMuoto", &attachment.media_type),
        element("TiedostoNimi", &attachment.name),
    ];
    within("Tiedosto", &fields.concat())
}

/// Kohde_WSPA4.
fn status_report(report: &StatusReport, edition: Edition, setup: &SuomifiSetup) -> String {
    let attributes = [
        attribute("AsiakasTunnus", Some(&report.customer.id)),
        attribute("TunnusTyyppi", Some(report.customer.kind.code())),
    ];
    let state = [
        element("AsiointitiliTunniste", &report.account_id),
        element("KohteenTila", &report.state.to_string()),
        element("KohteenTilaPvm", &report.at),
        optional("KohteenTilaKuvaus", report.description.as_deref()),
    ];
    let is_newer = edition == Edition::Newer;
    let (email, title) = (setup.authority_email.as_deref(), report.title.as_deref());
    let fields = [
        element("ViranomaisTunniste", &report.authority_id),
        format!(
            "<asi:Asiakas{}>{}</asi:Asiakas>",
            attributes.concat(),
            state.concat()
        ),
        optional("ViranomaisenEmail", email.filter(|_| is_newer)),
        optional("Nimeke", title.filter(|_| is_newer)),
    ];
    within("Kohde", &fields.concat())
}

fn element(name: &str, text: &str) -> String {
    within(name, &escape(text))
}

fn optional(name: &str, text: Option<impl AsRef<str>>) -> String {
    text.map_or_else(String::new, |text| element(name, text.as_ref()))
}

fn within(name: &str, content: &str) -> String {
    format!("<asi:{name}>{content}</asi:{name}>")
}

fn nil(name: &str) -> String {
    format!("<asi:{name} xmlns:xsi=\"{XSI}\" xsi:nil=\"true\"/>")
}

fn attribute(name: &str, value: Option<&str>) -> String {
    value.map_or_else(String::new, |value| {
        format!(" {name}=\"{}\"", escape(value))
    })
}
