// SPDX-License-Identifier: Apache-2.0
//! What the component answers, in both of the published shapes.

use crate::Package;

use super::known::NAMESPACE;

/// Where an answer to VieKohteita has the state of a Kohde (setting `response.item-shape`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// In the Kohde, as the service description has it.
    Wsdl,
    /// In an Asiakas, as document V1.1 has it.
    Document,
}

impl Shape {
    /// As the setting has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wsdl => "wsdl",
            Self::Document => "spec-1.1",
        }
    }
}

/// Answers: one with all that is written, and one to a call that is refused.
pub(super) fn samples(operation: &str, shape: Shape) -> Vec<String> {
    let status = |code: u16| {
        format!(
            "<TilaKoodi><TilaKoodi>{code}</TilaKoodi><TilaKoodiKuvaus>Teksti</TilaKoodiKuvaus><SanomaTunniste>sanoma-1</SanomaTunniste></TilaKoodi>"
        )
    };
    let (done, refused) = match operation {
        "VieKohteita" => {
            let items = item(shape).repeat(2);
            (
                format!(
                    "{}<KohdeMaara>2</KohdeMaara><Kohteet>{items}</Kohteet>",
                    status(0)
                ),
                format!("{}<KohdeMaara>0</KohdeMaara>", status(400)),
            )
        }
        _ => (status(0), status(400)),
    };
    let answers = [done, refused].map(|result| {
        format!(
            "<{operation}Response xmlns=\"{NAMESPACE}\"><{operation}Result>{result}</{operation}Result></{operation}Response>"
        )
    });
    answers.to_vec()
}

fn item(shape: Shape) -> String {
    let id = "<AsiointitiliTunniste>asiointi-1</AsiointitiliTunniste>";
    let own = "<ViranomaisTunniste>viite-1</ViranomaisTunniste>";
    let state = "<KohteenTila>200</KohteenTila><KohteenTilaKuvaus>Teksti</KohteenTilaKuvaus>";
    match shape {
        Shape::Wsdl => format!("<Kohde>{id}{own}{state}</Kohde>"),
        Shape::Document => {
            format!("<Kohde>{own}<Asiakas TunnusTyyppi=\"SSN\">{id}{state}</Asiakas></Kohde>")
        }
    }
}

/// What is not valid in a message.
pub(super) fn violations(package: &Package, message: &str) -> Option<String> {
    let violations = match package.judge(message.as_bytes()) {
        Ok(judged) => judged.violations,
        Err(unjudged) => vec![unjudged.to_string()],
    };
    match violations.is_empty() {
        true => None,
        false => Some(violations.join("; ")),
    }
}
