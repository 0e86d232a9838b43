// SPDX-License-Identifier: Apache-2.0
//! What the component reads of calls, as the published service description has it.

use std::collections::BTreeMap;

use xml_schema::Text;

/// The namespace of the service.
pub(super) const NAMESPACE: &str = "http://www.suomi.fi/asiointitili";

/// Where the messages of a call are.
pub(super) const ENTRIES: &str = "Kysely/Kohteet/Kohde";

/// How often something is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Card {
    One,
    Optional,
    Many,
}

/// What something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Elements,
    Text,
    Number,
    Time,
}

/// An element or attribute that is read.
pub(super) struct Known {
    pub(super) path: &'static str,
    pub(super) card: Card,
    pub(super) kind: Kind,
    /// The setting that is about it; empty where there is none.
    pub(super) setting: &'static str,
}

/// Path, how often, type, setting. In both calls.
const BOTH: &str = "\
Viranomainen ? -
Viranomainen/ViranomaisTunnus ? text required-fields
Viranomainen/PalveluTunnus ? text required-fields
Viranomainen/KayttajaTunnus ? text required-fields
Viranomainen/SanomaTunniste ? text required-fields
Viranomainen/SanomaVersio ? text required-fields
Viranomainen/SanomaVarmenneNimi ? text required-fields
Kysely ? -
Kysely/KohdeMaara 1 number
Kysely/Kohteet ? -
";

const MESSAGES: &str = "\
Kysely/Kohteet/Kohde * - messages.most-items
Kysely/Kohteet/Kohde/Asiakas ? - messages.customer-required
Kysely/Kohteet/Kohde/Asiakas/@AsiakasTunnus ? text customer-ids
Kysely/Kohteet/Kohde/Asiakas/@Sahkoposti ? text
Kysely/Kohteet/Kohde/Asiakas/@Matkapuhelin ? text
Kysely/Kohteet/Kohde/Asiakas/@TunnusTyyppi ? text
Kysely/Kohteet/Kohde/AsiointitiliTunniste ? text
Kysely/Kohteet/Kohde/Viittaus ? -
Kysely/Kohteet/Kohde/Viittaus/Viittaus_WS * -
Kysely/Kohteet/Kohde/Viittaus/Viittaus_WS/@ViittausTunniste ? text
Kysely/Kohteet/Kohde/Viittaus/Viittaus_WS/@ViittausTunnisteTyyppi ? text
Kysely/Kohteet/Kohde/Nimeke 1 text
Kysely/Kohteet/Kohde/LahetysPvm 1 time
Kysely/Kohteet/Kohde/LahettajaNimi ? text
Kysely/Kohteet/Kohde/KuvausTeksti 1 text
Kysely/Kohteet/Kohde/Tiedostot ? -
Kysely/Kohteet/Kohde/Tiedostot/Tiedosto * - attachments.most-files
Kysely/Kohteet/Kohde/Tiedostot/Tiedosto/TiedostonKuvaus ? text
Kysely/Kohteet/Kohde/Tiedostot/Tiedosto/TiedostoURL ? text
Kysely/Kohteet/Kohde/Tiedostot/Tiedosto/TiedostoSisalto ? text
Kysely/Kohteet/Kohde/Tiedostot/Tiedosto/TiedostoKoko ? text
Kysely/Kohteet/Kohde/Tiedostot/Tiedosto/TiedostoMuoto ? text
Kysely/Kohteet/Kohde/Tiedostot/Tiedosto/TiedostoNimi ? text
Kysely/Kohteet/Kohde/ViranomaisenEmail ? text
";

const STATUSES: &str = "\
Kysely/Kohteet/Kohde * - statuses.most-items
Kysely/Kohteet/Kohde/ViranomaisTunniste ? text
Kysely/Kohteet/Kohde/Asiakas ? -
Kysely/Kohteet/Kohde/Asiakas/@AsiakasTunnus ? text
Kysely/Kohteet/Kohde/Asiakas/@TunnusTyyppi ? text
Kysely/Kohteet/Kohde/Asiakas/AsiointitiliTunniste ? text
Kysely/Kohteet/Kohde/Asiakas/KohteenTila 1 number
Kysely/Kohteet/Kohde/Asiakas/KohteenTilaPvm 1 time
Kysely/Kohteet/Kohde/Asiakas/KohteenTilaKuvaus ? text
Kysely/Kohteet/Kohde/ViranomaisenEmail ? text
Kysely/Kohteet/Kohde/Nimeke ? text
";

/// What is read of a call of this name.
pub(super) fn of(name: &str) -> Vec<Known> {
    let own = if name == "VieKohteita" {
        MESSAGES
    } else {
        STATUSES
    };
    BOTH.lines().chain(own.lines()).filter_map(line).collect()
}

fn line(line: &'static str) -> Option<Known> {
    let mut columns = line.split(' ');
    let path = columns.next()?;
    let card = match columns.next()? {
        "?" => Card::Optional,
        "*" => Card::Many,
        _ => Card::One,
    };
    let kind = match columns.next()? {
        "text" => Kind::Text,
        "number" => Kind::Number,
        "time" => Kind::Time,
        _ => Kind::Elements,
    };
    let setting = columns.next().unwrap_or_default();
    Some(Known {
        path,
        card,
        kind,
        setting,
    })
}

impl Known {
    /// Whether no call can be read without it.
    pub(super) fn is_needed(&self) -> bool {
        matches!(
            self.path,
            "Viranomainen" | "Kysely" | "Kysely/KohdeMaara" | "Kysely/Kohteet" | ENTRIES
        )
    }

    pub(super) fn told(&self) -> String {
        let often = match self.card {
            Card::One => "1",
            Card::Optional => "0..1",
            Card::Many => "0..*",
        };
        match self.kind {
            Kind::Elements => often.to_owned(),
            Kind::Text => format!("{often} string"),
            Kind::Number => format!("{often} int"),
            Kind::Time => format!("{often} dateTime"),
        }
    }
}

impl Kind {
    /// Whether a text of this type can be read as what it is.
    pub(super) fn is_taken_by(self, text: Option<Text<'_>>) -> bool {
        let takes = |samples: &[&str]| {
            text.is_some_and(|text| samples.iter().any(|sample| text.accepts(sample)))
        };
        match self {
            Self::Elements => text.is_none(),
            Self::Text => text.is_some(),
            Self::Number => takes(&["1", "200"]),
            Self::Time => takes(&["2026-01-31T12:00:00+02:00"]),
        }
    }
}

/// What a made-up call says once.
pub(super) fn sample_values(entries: usize) -> BTreeMap<String, String> {
    let values = [
        ("Viranomainen/ViranomaisTunnus", "viranomainen"),
        ("Viranomainen/PalveluTunnus", "palvelu"),
        ("Viranomainen/KayttajaTunnus", "viestit"),
        ("Viranomainen/SanomaTunniste", "sanoma-1"),
        ("Viranomainen/SanomaVersio", "1.0"),
    ];
    let count = ("Kysely/KohdeMaara".to_owned(), entries.to_string());
    let values = values.map(|(path, text)| (path.to_owned(), text.to_owned()));
    values.into_iter().chain([count]).collect()
}

/// What it says of each of two messages, or of their states. The identity code is an artificial one, as test systems have them.
pub(super) fn sample_entries(form: &str) -> Vec<BTreeMap<String, String>> {
    let of_messages = |number: usize| {
        [
            ("Asiakas/@AsiakasTunnus", "010190-900P".to_owned()),
            ("Asiakas/@TunnusTyyppi", "SSN".to_owned()),
            ("AsiointitiliTunniste", format!("asiointi-{number}")),
            ("Nimeke", "Otsikko".to_owned()),
            ("LahetysPvm", "2026-01-31T12:00:00.000+02:00".to_owned()),
            ("KuvausTeksti", "Teksti".to_owned()),
        ]
        .to_vec()
    };
    let of_statuses = |number: usize| {
        [
            ("ViranomaisTunniste", format!("viite-{number}")),
            ("Asiakas/@AsiakasTunnus", "010190-900P".to_owned()),
            ("Asiakas/@TunnusTyyppi", "SSN".to_owned()),
            ("Asiakas/AsiointitiliTunniste", format!("asiointi-{number}")),
            ("Asiakas/KohteenTila", "200".to_owned()),
            (
                "Asiakas/KohteenTilaPvm",
                "2026-01-31T12:00:00.000+02:00".to_owned(),
            ),
        ]
        .to_vec()
    };
    let entries = [1, 2].map(|number| match form {
        "receive-messages" => of_messages(number),
        _ => of_statuses(number),
    });
    let named = entries.map(|entry| {
        let named = entry.into_iter();
        named
            .map(|(path, text)| (format!("{ENTRIES}/{path}"), text))
            .collect()
    });
    named.to_vec()
}
