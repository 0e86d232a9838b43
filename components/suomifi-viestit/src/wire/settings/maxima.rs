// SPDX-License-Identifier: Apache-2.0
//! Longest fields.

use schemars::JsonSchema;
use serde::Serialize;

/// Longest fields of a citizen's message, in characters; a Kohde with a longer one gets state 525. All default to none. The figures in the descriptions are those of the
/// authorities' side, as published in 2013 and 2014.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Maxima {
    /// Nimeke (400).
    pub title: Option<usize>,
    /// LahettajaNimi (200).
    pub sender_name: Option<usize>,
    /// KuvausTeksti; no figure is published.
    pub body: Option<usize>,
    /// ViittausTunniste (100).
    pub reference: Option<usize>,
    /// ViittausTunnisteTyyppi (20).
    pub reference_type: Option<usize>,
    /// AsiakasTunnus (20).
    pub customer_id: Option<usize>,
    /// TunnusTyyppi (10).
    pub customer_id_type: Option<usize>,
    /// TiedostoNimi (200).
    pub file_name: Option<usize>,
    /// TiedostonKuvaus (200).
    pub file_description: Option<usize>,
    /// TiedostoURL (200).
    pub file_url: Option<usize>,
    /// TiedostoMuoto (150).
    pub media_type: Option<usize>,
    /// ViranomaisenEmail (400).
    pub authority_mail: Option<usize>,
}

setting_tables::table! {
    Maxima: Maxima::default();
    title, sender_name, body, reference, reference_type, customer_id, customer_id_type, file_name,
    file_description, file_url, media_type, authority_mail,
}

impl Maxima {
    /// Whether a text keeps to a maximum, in characters; what is not there does.
    pub fn allows(maximum: Option<usize>, text: Option<&str>) -> bool {
        match (maximum, text) {
            (Some(maximum), Some(text)) => text.chars().count() <= maximum,
            _ => true,
        }
    }
}
