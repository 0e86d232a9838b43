// SPDX-License-Identifier: Apache-2.0
//! What people write, in Finnish and Swedish.

/// Title and text. Some have what XML escapes, line ends, and letters beyond ASCII.
pub(super) const TEXTS: [(&str, &str); 8] = [
    (
        "Päivähoitopaikan hakemus",
        "Hei,\n\nlähetin hakemuksen viime viikolla. Onko se jo käsittelyssä?\n\nYstävällisin terveisin\nTesti Henkilö",
    ),
    (
        "Förfrågan om bygglov",
        "Hej!\n\nJag undrar när beslutet om bygglovet på Åsgatan 5 kommer.\n\nMed vänlig hälsning\nÅke Testström",
    ),
    (
        "Lisäselvitys & liitteet",
        "Pyydetyt liitteet ovat mukana: palkka < 3 000 €, vuokra > 700 €.\nTodistus \"työsuhteesta\" puuttuu vielä.",
    ),
    (
        "Återkallelse av ansökan",
        "Jag återkallar min ansökan. Bekräfta gärna mottagandet.",
    ),
    (
        "Oikaisuvaatimus päätöksestä",
        "Vaadin päätöksen oikaisemista seuraavin perustein:\n1) tulot on laskettu väärin\n2) kuulemista ei järjestetty",
    ),
    (
        "Vastaus tiedusteluun",
        "Kiitos viestistä. Sovittu aika sopii minulle erinomaisesti. 👍",
    ),
    (
        "Komplettering av ärendet ÅÄÖ",
        "Här kommer de handlingar som saknades. Öppettiderna passar bra.",
    ),
    (
        "Osoitteenmuutos",
        "Uusi osoite on Väinämöisenkatu 9 A 12, Hyvinkää. ]]> ei ole merkintä vaan tekstiä.",
    ),
];

/// LahettajaNimi of people.
pub(super) const NAMES: [&str; 5] = [
    "Testi Henkilö",
    "Åke Testström",
    "Äiti Öljymäki-Test",
    "Märta Provsjö",
    "Väinö Koekäyttäjä",
];

/// LahettajaNimi of companies.
pub(super) const COMPANIES: [&str; 3] = [
    "Testiyhtiö Öljy & Äyri Oy",
    "Provbolaget Åland Ab",
    "Koe-Kehä ry",
];

/// Names of files, of the characters that the service is known to take.
pub(super) const FILES: [&str; 3] = ["hakemus_liite", "selvitys_äö", "bilaga_å"];
