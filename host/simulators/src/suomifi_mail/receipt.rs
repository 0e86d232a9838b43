// SPDX-License-Identifier: Apache-2.0
//! Receipts (kuittausviestit), which tell the status of a mail. The seven events are the guide's; the words are guesses, as no text is published.

/// What a receipt tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReceiptEvent {
    /// 1: the message was relayed to the service.
    Relayed,
    /// 2: relaying failed.
    NotRelayed,
    /// 3: the virus check is done, the citizen can read the message.
    Readable,
    /// 4: the citizen has read it.
    Read,
    /// 5: the citizen has acknowledged it (verifiable service).
    Acknowledged,
    /// 6: the virus check failed, the citizen cannot read the message.
    VirusFound,
    /// 7: an attachment is not of an allowed form; the receipt states the reason.
    AttachmentRefused,
}

impl ReceiptEvent {
    /// All, in the guide's order.
    pub const ALL: [Self; 7] = [
        Self::Relayed,
        Self::NotRelayed,
        Self::Readable,
        Self::Read,
        Self::Acknowledged,
        Self::VirusFound,
        Self::AttachmentRefused,
    ];

    /// Its name here.
    pub fn name(self) -> &'static str {
        match self {
            Self::Relayed => "relayed",
            Self::NotRelayed => "not-relayed",
            Self::Readable => "readable",
            Self::Read => "read",
            Self::Acknowledged => "acknowledged",
            Self::VirusFound => "virus-found",
            Self::AttachmentRefused => "attachment-refused",
        }
    }

    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.name() == name)
    }
}

/// Which words a receipt has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wording {
    /// Finnish, short.
    Finnish1,
    /// Finnish, with the subject in front.
    Finnish2,
    /// Finnish, formal.
    Finnish3,
    /// Swedish.
    Swedish,
}

impl Wording {
    /// All.
    pub const ALL: [Self; 4] = [
        Self::Finnish1,
        Self::Finnish2,
        Self::Finnish3,
        Self::Swedish,
    ];

    /// Its name here.
    pub fn name(self) -> &'static str {
        match self {
            Self::Finnish1 => "fi-1",
            Self::Finnish2 => "fi-2",
            Self::Finnish3 => "fi-3",
            Self::Swedish => "sv",
        }
    }

    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|wording| wording.name() == name)
    }
}

/// Subject and body; `{}` is the subject of the mail.
type Words = (&'static str, &'static str);

/// In the order of [`Wording::ALL`].
fn words(event: ReceiptEvent) -> [Words; 4] {
    match event {
        ReceiptEvent::Relayed => [
            (
                "Viestin välitys onnistui: {}",
                "Viestin välitys Suomi.fi-viestit-palveluun onnistui.",
            ),
            (
                "{} – viesti on välitetty",
                "Viestinne on välitetty onnistuneesti Suomi.fi-viesteihin.",
            ),
            (
                "Kuittausviesti: viesti vastaanotettu. {}",
                "Suomi.fi-viestit on vastaanottanut viestin, ja välittäminen onnistui.",
            ),
            (
                "Meddelandet har förmedlats: {}",
                "Förmedlingen av meddelandet till tjänsten Suomi.fi-meddelanden lyckades.",
            ),
        ],
        ReceiptEvent::NotRelayed => [
            (
                "Viestin välitys epäonnistui: {}",
                "Viestin välitys Suomi.fi-viestit-palveluun epäonnistui.",
            ),
            (
                "{} – viestiä ei voitu välittää",
                "Viestin välittäminen ei onnistunut. Viestiä ei ole toimitettu vastaanottajalle.",
            ),
            (
                "Kuittausviesti: viestin välityksessä tapahtui virhe. {}",
                "Viestiä ei voitu toimittaa: välitys epäonnistui.",
            ),
            (
                "Förmedlingen misslyckades: {}",
                "Förmedlingen av meddelandet till tjänsten Suomi.fi-meddelanden misslyckades.",
            ),
        ],
        ReceiptEvent::Readable => [
            (
                "Virustarkistus tehty: {}",
                "Liitteiden virustarkistus on tehty. Viesti on asiakkaan luettavissa.",
            ),
            (
                "{} – viesti on luettavissa",
                "Virustarkistus on suoritettu hyväksytysti, ja vastaanottaja voi lukea viestin.",
            ),
            (
                "Kuittausviesti: virustarkastus valmis. {}",
                "Virustarkastus on valmis. Viesti näkyy asiakkaan tilillä.",
            ),
            (
                "Viruskontrollen är gjord: {}",
                "Viruskontrollen är gjord. Kunden kan läsa meddelandet.",
            ),
        ],
        ReceiptEvent::Read => [
            ("Viesti on luettu: {}", "Asiakas on lukenut viestin."),
            (
                "{} – vastaanottaja avasi viestin",
                "Vastaanottaja on avannut ja lukenut viestin Suomi.fi-viesteissä.",
            ),
            (
                "Lukukuittaus: {}",
                "Asiakas on lukenut lähettämänne viestin.",
            ),
            ("Meddelandet har lästs: {}", "Kunden har läst meddelandet."),
        ],
        ReceiptEvent::Acknowledged => [
            (
                "Viesti on kuitattu vastaanotetuksi: {}",
                "Asiakas on kuitannut viestin vastaanotetuksi.",
            ),
            (
                "{} – vastaanotto kuitattu",
                "Vastaanottaja on kuitannut viestin (todisteellinen tiedoksianto).",
            ),
            (
                "Saantitodistus: {}",
                "Asiakas on kuitannut tiedoksiannon vastaanotetuksi.",
            ),
            (
                "Meddelandet har kvitterats: {}",
                "Kunden har kvitterat meddelandet som mottaget (bevislig delgivning).",
            ),
        ],
        ReceiptEvent::VirusFound => [
            (
                "Virustarkistus epäonnistui: {}",
                "Liitteiden virustarkistus epäonnistui. Asiakas ei voi lukea viestiä.",
            ),
            (
                "{} – liitteestä löytyi virus",
                "Virustarkistuksessa löytyi virus. Viestiä ei näytetä vastaanottajalle.",
            ),
            (
                "Kuittausviesti: virustarkastus hylätty. {}",
                "Virustarkastus ei mennyt läpi, eikä viestiä voi lukea.",
            ),
            (
                "Viruskontrollen misslyckades: {}",
                "Viruskontrollen av bilagorna misslyckades. Kunden kan inte läsa meddelandet.",
            ),
        ],
        ReceiptEvent::AttachmentRefused => [
            (
                "Liite ei ole sallittu: {}",
                "Viestin liite ei ole sallittua muotoa.",
            ),
            (
                "{} – liitettä ei hyväksytty",
                "Viestin liitettä ei hyväksytty, eikä viestiä ole välitetty.",
            ),
            (
                "Kuittausviesti: liitetiedosto hylätty. {}",
                "Liitetiedosto on hylätty, eikä viestiä ole välitetty.",
            ),
            (
                "Bilagan är inte tillåten: {}",
                "Meddelandets bilaga är inte i tillåtet format.",
            ),
        ],
    }
}

/// Subject and body of a receipt.
pub(super) fn text(
    event: ReceiptEvent,
    wording: Wording,
    subject: &str,
    reason: Option<&str>,
) -> (String, String) {
    let place = Wording::ALL
        .iter()
        .position(|other| *other == wording)
        .unwrap_or(0);
    let (title, body) = words(event).get(place).copied().unwrap_or_default();
    let label = match wording {
        Wording::Swedish => ("Orsak", "Ämne"),
        _ => ("Syy", "Otsikko"),
    };
    let mut body = format!("{body}\r\n");
    if let Some(reason) = reason {
        body.push_str(&format!("{}: {reason}\r\n", label.0));
    }
    if !subject.is_empty() {
        body.push_str(&format!("{}: {subject}\r\n", label.1));
    }
    (title.replace("{}", subject).trim().to_owned(), body)
}

/// A receipt that tells nothing.
pub(super) fn unknown_text(subject: &str) -> (String, String) {
    let title = format!("Tiedote 7/B: {subject}");
    (
        title,
        "Asiaanne koskeva merkintä on tehty järjestelmään.\r\n".to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_event_has_four_wordings_with_the_subject() {
        let mut titles = HashSet::new();
        for event in ReceiptEvent::ALL {
            assert_eq!(ReceiptEvent::named(event.name()), Some(event));
            for wording in Wording::ALL {
                assert_eq!(Wording::named(wording.name()), Some(wording));
                let (title, body) = text(event, wording, "Päätös [silta:x]", Some("liite 1"));
                assert!(
                    title.contains("Päätös [silta:x]") && body.contains("liite 1\r\n"),
                    "{title}"
                );
                assert!(titles.insert(title.clone()), "{title}");
            }
        }
    }
}
