// SPDX-License-Identifier: Apache-2.0
//! The usual rules for receipts. The service's texts are not published; these look for the words that the guide describes the seven events with, in Finnish, Swedish and
//! English, within one sentence.

use super::{ReceiptEvent, ReceiptRule};

/// What stands for `…` in the patterns: anything within a sentence. A full stop ends it, one within a name such as Suomi.fi does not.
const WITHIN_A_SENTENCE: &str = "([^.]|[.][^ ])*";

/// In order: what excludes another event comes before it. Names, patterns for the body, events.
const RULES: [(&str, &str, ReceiptEvent); 24] = [
    (
        "no-virus-fi",
        "viru[sk][^ ]* ei (löyty|havait)|ei (löytynyt|havaittu|sisällä) (yhtään )?viru[sk]",
        ReceiptEvent::Readable,
    ),
    (
        "no-virus-sv",
        "(inga|inget|inte några) virus",
        ReceiptEvent::Readable,
    ),
    (
        "no-virus-en",
        "no virus|not contain (any )?virus",
        ReceiptEvent::Readable,
    ),
    (
        "virus-fi",
        "viru[sk]…(epäonnistu|ei onnistunut|ei läpäissyt|ei mennyt läpi|hylät|löyty|havait)|(ei läpäissyt|hylättiin|hylkäsi|löytyi|havaittiin|sisältää|sisälsi)…viru[sk]",
        ReceiptEvent::VirusCheckFailed,
    ),
    (
        "virus-sv",
        "virus…(misslyck|inte god|hittades|upptäck)|(klarade inte|innehåller|innehöll|hittades|hittade|upptäckte)…virus",
        ReceiptEvent::VirusCheckFailed,
    ),
    (
        "virus-en",
        "virus…(fail|did not pass|found|detected)|(failed|did not pass|contains|contained|found|detected)…virus",
        ReceiptEvent::VirusCheckFailed,
    ),
    (
        "attachment-size-fi",
        "(liite|liitte|tiedosto)…(liian suur|liian iso|ylitt|ylitet|suurempi kuin|enimmäiskoko)",
        ReceiptEvent::AttachmentSize,
    ),
    (
        "attachment-size-sv",
        "(bilag|fil)…(för stor|överskrid|större än)",
        ReceiptEvent::AttachmentSize,
    ),
    (
        "attachment-size-en",
        "(attachment|file)…(too large|too big|exceed|larger than)",
        ReceiptEvent::AttachmentSize,
    ),
    (
        "attachment-type-fi",
        "(liite|liitte|tiedosto)…(ei ole sallit|ei sallit|kiellet|ei tueta|ei ole tuett|ei hyväksyt|ei ole hyväksyt|hylät|hylkä)",
        ReceiptEvent::AttachmentType,
    ),
    (
        "attachment-type-sv",
        "(bilag|fil)…(inte …tillåt|otillåt|förbjud|stöds inte|inte godkän|inte godtag)",
        ReceiptEvent::AttachmentType,
    ),
    (
        "attachment-type-en",
        "(attachment|file)…(not allowed|not permitted|not supported|unsupported|forbidden|not accepted)",
        ReceiptEvent::AttachmentType,
    ),
    (
        "acknowledged-fi",
        "kuitannut|kuitattu|vahvistanut…vastaanot|vastaanotto…vahvistettu",
        ReceiptEvent::Acknowledged,
    ),
    (
        "acknowledged-sv",
        "kvitterat|bekräftat…mottag|mottag…bekräftats",
        ReceiptEvent::Acknowledged,
    ),
    (
        "acknowledged-en",
        "acknowledged|confirmed…receipt|receipt…(been|was) confirmed",
        ReceiptEvent::Acknowledged,
    ),
    (
        "opened-fi",
        "lukenut|avannut|(on|viesti) (luettu|avattu)",
        ReceiptEvent::Opened,
    ),
    (
        "opened-sv",
        "har läst|har öppnat|har (nu )?(lästs|öppnats)|blivit (läst|öppnat)",
        ReceiptEvent::Opened,
    ),
    (
        "opened-en",
        "has (now )?(read|opened)|(been|was) (read|opened)",
        ReceiptEvent::Opened,
    ),
    (
        "readable-fi",
        "(on|ovat) (nyt )?[^ ]*( [^ ]+)? ?luettavissa|(vastaanottaja|asiakas|saaja) voi (nyt )?lukea|voidaan (nyt )?lukea|virus(tarkistu|tarkastu)…(onnistu|tehty|suoritettu|läpäis|valmis)|läpäis…virus",
        ReceiptEvent::Readable,
    ),
    (
        "readable-sv",
        "kan (nu )?läsa|läsbar|viruskontroll…(lyckad|lyckats|lyckades|godkän|utförd|klar)|klarade viruskontroll",
        ReceiptEvent::Readable,
    ),
    (
        "readable-en",
        "can (now )?(be )?read|is (now )?readable|virus…(success|passed|complete)|passed…virus",
        ReceiptEvent::Readable,
    ),
    (
        "relaying-failed",
        "(välit|toimit|lähet)…(epäonnistu|ei onnistunut|ei voitu)|ei voitu (välittää|toimittaa|lähettää)|(epäonnistu|ei onnistunut)…(välit|toimit|lähet)|(kunde inte|kan inte) (förmedlas|levereras|skickas|vidarebefordras)|(förmedl|leverans|leverering|vidarebefordr|sändning)…misslyck|misslyck…(förmedl|leverer|skick)|(could not|cannot|can not) be (relayed|delivered|sent|forwarded)|(relay|deliver|transmission|sending|forward)…fail|fail…(relay|deliver|send|forward)",
        ReceiptEvent::RelayingFailed,
    ),
    (
        "relayed-fi",
        "(on|viesti) (välitetty|toimitettu|lähetetty)|(välity|välittämi|välitys|toimitta|toimitus|lähety|lähettämi)…onnistu|onnistuneesti (välitetty|toimitettu|lähetetty)|(välitetty|toimitettu|lähetetty) onnistuneesti",
        ReceiptEvent::Relayed,
    ),
    (
        "relayed-sv-en",
        "har (nu )?(förmedlats|levererats|skickats|vidarebefordrats)|(förmedlingen|leveransen)…lyckades|(been|was) (successfully )?(relayed|delivered|sent|forwarded)|(relaying|delivery)…(succeeded|successful)",
        ReceiptEvent::Relayed,
    ),
];

/// All of them.
pub(super) fn usual_rules() -> Vec<ReceiptRule> {
    let rule = |(name, body, event): (&str, &str, ReceiptEvent)| ReceiptRule {
        name: name.into(),
        subject: None,
        body: Some(body.replace('…', WITHIN_A_SENTENCE)),
        event,
    };
    RULES.into_iter().map(rule).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{ReceiptEvent as E, ReceiptSettings};

    /// Wordings of our own, several for each event and language.
    #[test]
    fn each_event_is_recognised_in_many_wordings() {
        let settings = ReceiptSettings::default();
        assert_eq!(settings.check(), Ok(()));
        for (event, wordings) in [
            (
                E::Relayed,
                &[
                    "Viestinne on välitetty Suomi.fi-viestit-palveluun.",
                    "Viestin välittäminen palveluun onnistui.",
                    "Viestin välitys Suomi.fi-viestit-palveluun onnistui.",
                    "Förmedlingen av meddelandet till tjänsten Suomi.fi-meddelanden lyckades.",
                    "Viesti lähetetty onnistuneesti.",
                    "Viesti on toimitettu palveluun, virustarkistusta odotetaan.",
                    "Meddelandet har förmedlats till tjänsten.",
                    "Your message was successfully relayed to the service.",
                ][..],
            ),
            (
                E::RelayingFailed,
                &[
                    "Viestin välittäminen epäonnistui.",
                    "Viestin välitys Suomi.fi-viestit-palveluun epäonnistui.",
                    "Förmedlingen av meddelandet till tjänsten Suomi.fi-meddelanden misslyckades.",
                    "Viestiä ei voitu toimittaa vastaanottajalle.",
                    "Viestin lähetys palveluun ei onnistunut.",
                    "Meddelandet kunde inte levereras.",
                    "Förmedlingen av meddelandet misslyckades.",
                    "The message could not be delivered.",
                ],
            ),
            (
                E::Readable,
                &[
                    "Virustarkistus on tehty ja viesti on vastaanottajan luettavissa.",
                    "Vastaanottaja voi nyt lukea viestin.",
                    "Liitteistä ei löytynyt viruksia.",
                    "Viruksia ei löytynyt.",
                    "Mottagaren kan nu läsa meddelandet.",
                    "Viruskontrollen är utförd.",
                    "The virus check passed and the recipient can now read the message.",
                    "No viruses were found.",
                ],
            ),
            (
                E::Opened,
                &[
                    "Vastaanottaja on lukenut viestin.",
                    "Viesti on avattu 1.7.2026 klo 12.00.",
                    "Asiakas on avannut viestin.",
                    "Mottagaren har läst meddelandet.",
                    "Meddelandet har öppnats.",
                    "The recipient has read your message.",
                ],
            ),
            (
                E::Acknowledged,
                &[
                    "Vastaanottaja on kuitannut viestin vastaanotetuksi.",
                    "Viestin vastaanotto on vahvistettu.",
                    "Asiakas on vahvistanut viestin vastaanottamisen.",
                    "Viesti on kuitattu tiedoksi saaduksi.",
                    "Mottagaren har kvitterat meddelandet.",
                    "The recipient has acknowledged the message.",
                ],
            ),
            (
                E::VirusCheckFailed,
                &[
                    "Liitteen virustarkistus epäonnistui, eikä vastaanottaja voi lukea viestiä.",
                    "Liitteestä löytyi virus.",
                    "Virustarkastus ei mennyt läpi, eikä viestiä voi lukea.",
                    "Liite ei läpäissyt virustarkastusta.",
                    "Viruskontrollen av bilagan misslyckades.",
                    "Bilagan innehåller virus.",
                    "A virus was found in the attachment.",
                ],
            ),
            (
                E::AttachmentType,
                &[
                    "Liite ei ole sallittua muotoa: exe.",
                    "Liitetiedoston tyyppi on kielletty.",
                    "Tiedostomuotoa ei tueta.",
                    "Bilagan är inte tillåten.",
                    "Meddelandets bilaga är inte i tillåtet format.",
                    "Liitetiedosto on hylätty, eikä viestiä ole välitetty.",
                    "The attachment type is not allowed.",
                ],
            ),
            (
                E::AttachmentSize,
                &[
                    "Liite on liian suuri.",
                    "Liitteiden koko ylittää sallitun enimmäiskoon.",
                    "Liitetiedosto on suurempi kuin 3 Mt.",
                    "Bilagan är för stor.",
                    "The attachment exceeds the maximum size.",
                ],
            ),
        ] {
            for wording in wordings {
                let found = settings
                    .recognise("Kuittaus", wording)
                    .map(|rule| rule.event);
                assert_eq!(found, Some(event), "{wording}");
            }
        }
    }

    #[test]
    fn what_tells_none_of_the_events_is_not_recognised() {
        let settings = ReceiptSettings::default();
        for (subject, body) in [
            ("", ""),
            ("Viestin välittäminen epäonnistui", "Hei"),
            ("", "Olen poissa lomalla 31.7. asti."),
            ("", "Palvelussa on huoltokatko."),
            ("", "Jag är på semester."),
            // Why not, is not said.
            ("", "Viestiä ei voi lukea."),
            ("", "Vastaanottaja ei voi lukea viestiä."),
        ] {
            let found = settings.recognise(subject, body).map(|rule| &rule.name);
            assert_eq!(found, None, "{body}");
        }
    }
}
