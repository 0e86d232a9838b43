// SPDX-License-Identifier: Apache-2.0
//! Letters: what a caller says of one, and what is sent of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Address, Flaw, Settings,
    forms::{is_cost_pool, is_email},
    vocabulary::ServiceType,
};

/// A letter. Its content is one attachment, a PDF that stands alone: the text of the message is not printed.
#[derive(Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct PaperParameters {
    /// File name of the attachment that is printed; may be left out where there is one attachment.
    #[serde(default)]
    pub attachment: Option<String>,
    /// Whether that attachment goes on paper only. Default false: it is in the electronic message as well.
    #[serde(default)]
    pub only_on_paper: bool,
    /// Whom it is sent to.
    pub recipient: Address,
    /// Who sends it; the setting `paper.sender` where left out.
    #[serde(default)]
    pub sender: Option<Address>,
    /// Cost pool; the setting where left out.
    #[serde(default)]
    pub cost_pool: Option<String>,
    /// Mail address for questions of the printing service; the setting where left out.
    #[serde(default)]
    pub contact_email: Option<String>,
    /// Whether delivery is proved; the setting where left out.
    #[serde(default)]
    pub message_service_type: Option<ServiceType>,
    /// Whether it is printed in colour; the setting where left out.
    #[serde(default)]
    pub color_printing: Option<bool>,
    /// Whether it is printed on both sides; the setting where left out.
    #[serde(default)]
    pub two_sided_printing: Option<bool>,
    /// Whether landscape pages are turned; the setting where left out.
    #[serde(default)]
    pub rotate_landscape_pages: Option<bool>,
    /// Whether a page with the address is added; the setting where left out.
    #[serde(default)]
    pub create_address_page: Option<bool>,
}

/// A letter that the service would take.
pub struct Paper {
    pub(super) username: String,
    pub(super) email: String,
    pub(super) cost_pool: Option<String>,
    pub(super) recipient: Address,
    pub(super) sender: Address,
    pub(super) service_type: ServiceType,
    pub(super) color_printing: bool,
    pub(super) two_sided_printing: bool,
    pub(super) rotate_landscape_pages: bool,
    pub(super) create_address_page: bool,
}

/// Shows nobody.
impl std::fmt::Debug for Paper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Paper(…)")
    }
}

impl PaperParameters {
    /// The letter as it is sent.
    ///
    /// # Errors
    /// What the service would refuse, or the setting that is missing.
    pub fn checked(&self, settings: &Settings) -> Result<Paper, Flaw> {
        let Some(usual) = &settings.paper else {
            return Err(Flaw::unset(
                "/paper",
                "nothing can go on paper without the settings under `paper` and the secret `posti-password`; add them, or leave the letter out",
            ));
        };
        let sender = match (&self.sender, &usual.sender) {
            (Some(own), _) => own.checked("/paper/sender")?,
            (None, Some(usual)) => usual.checked("/paper/sender")?,
            (None, None) => {
                return Err(Flaw::missing(
                    "/paper/sender",
                    "a letter has to have the address of its sender; give it here or in the setting paper.sender",
                ));
            }
        };
        let email = self.contact_email.as_ref().unwrap_or(&usual.contact_email);
        if !is_email(email) {
            return Err(Flaw::invalid(
                "/paper/contactEmail",
                "this has to be a mail address of 5 to 256 characters",
            ));
        }
        let cost_pool = self.cost_pool.as_ref().or(usual.cost_pool.as_ref());
        if cost_pool.is_some_and(|pool| !is_cost_pool(pool)) {
            return Err(Flaw::invalid(
                "/paper/costPool",
                "a cost pool has 1 to 15 capital letters and digits",
            ));
        }
        let flag = |own: Option<bool>, usual: bool| own.unwrap_or(usual);
        Ok(Paper {
            username: usual.posti_username.clone(),
            email: email.clone(),
            cost_pool: cost_pool.cloned(),
            recipient: self.recipient.checked("/paper/recipient")?,
            sender,
            service_type: self
                .message_service_type
                .unwrap_or(usual.message_service_type),
            color_printing: flag(self.color_printing, usual.color_printing),
            two_sided_printing: flag(self.two_sided_printing, usual.two_sided_printing),
            rotate_landscape_pages: flag(self.rotate_landscape_pages, usual.rotate_landscape_pages),
            create_address_page: flag(self.create_address_page, usual.create_address_page),
        })
    }
}
