// SPDX-License-Identifier: Apache-2.0
//! The operator's settings.

mod attachments;
mod calls;
mod maxima;

use agency_http::SettingError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use soap::Understood;

use super::ItemState;

pub use attachments::{AttachmentSettings, NameCharacters};
pub use calls::{
    NotificationSettings, OnMismatch, SignatureFailure, SignaturePolicy, SignatureSettings,
};
pub use maxima::Maxima;

/// The operator's settings. What is left out has its default; none has to be there.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// ViranomaisTunnus that calls may be for; any other is answered with TilaKoodi 403. Default none: any. They are free strings that the service has given.
    pub authority_ids: Vec<String>,
    /// PalveluTunnus that calls may be for; any other is answered with TilaKoodi 404. Default none: any.
    pub service_ids: Vec<String>,
    /// SanomaVarmenneNimi that calls may name: the common name of the authority's own certificate. Any other is answered with TilaKoodi 403. Default none: it is not
    /// compared.
    pub certificate_names: Vec<String>,
    /// Fields of Viranomainen without which a call is answered with TilaKoodi 400. Default ViranomaisTunnus, PalveluTunnus and SanomaTunniste: a guess, since the WSDL
    /// has all of them optional, and the marks of the document's column "Pakollinen" are not public.
    pub required_fields: RequiredFields,
    /// Shapes that are read. Default `lenient`: also that of the WSDL of 2014, and several Asiakas in a Kohde, which the document speaks of and no WSDL has.
    pub shape: Shape,
    /// What a time without an offset from UTC means. Default `helsinki`: published messages all have one.
    pub local_time: LocalTime,
    /// What becomes of an AsiakasTunnus that is none, in VieKohteita. Default `validated`: that Kohde gets state 525. VieKohdeTiloja has no state for a Kohde, so that
    /// such an id is kept there in any case.
    pub customer_ids: CustomerIds,
    /// How Suomi.fi calls us.
    pub notification: NotificationSettings,
    /// Who has to have signed a call.
    pub signature: SignatureSettings,
    /// Citizens' messages (VieKohteita).
    pub messages: MessageSettings,
    /// Delivery statuses (VieKohdeTiloja).
    pub statuses: StatusSettings,
    /// Attachments of citizens' messages.
    pub attachments: AttachmentSettings,
    /// Longest fields of a citizen's message. Default none: whether the maxima of the authorities' side bind the return channel is not public.
    pub maxima: Maxima,
    /// How calls are answered.
    pub response: ResponseSettings,
}

setting_tables::table! {
    Settings: Settings::default();
    authority_ids, service_ids, certificate_names, required_fields, shape, local_time, customer_ids,
    notification, signature, messages, statuses, attachments, maxima, response,
}

/// Fields of Viranomainen that have to be there.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct RequiredFields(Vec<ViranomainenField>);

impl Default for RequiredFields {
    fn default() -> Self {
        Self(vec![
            ViranomainenField::ViranomaisTunnus,
            ViranomainenField::PalveluTunnus,
            ViranomainenField::SanomaTunniste,
        ])
    }
}

impl RequiredFields {
    pub(super) fn iter(&self) -> impl Iterator<Item = &ViranomainenField> {
        self.0.iter()
    }
}

/// A field of Viranomainen, as it is called on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum ViranomainenField {
    /// Id of the authority.
    ViranomaisTunnus,
    /// Id of the service.
    PalveluTunnus,
    /// Id of the user.
    KayttajaTunnus,
    /// Id of the call.
    SanomaTunniste,
    /// Version of the call.
    SanomaVersio,
    /// Common name of the authority's certificate.
    SanomaVarmenneNimi,
}

impl ViranomainenField {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::ViranomaisTunnus => "ViranomaisTunnus",
            Self::PalveluTunnus => "PalveluTunnus",
            Self::KayttajaTunnus => "KayttajaTunnus",
            Self::SanomaTunniste => "SanomaTunniste",
            Self::SanomaVersio => "SanomaVersio",
            Self::SanomaVarmenneNimi => "SanomaVarmenneNimi",
        }
    }
}

/// Shapes that are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// Elements that one version lacks may be missing, unknown ones are passed over (and told in the log), several Asiakas give a message each.
    #[default]
    Lenient,
    /// The newer WSDL to the letter: what it requires is there, nothing else is, and everything is in its order. Of a Kohde of VieKohdeTiloja that is not judged: there is no
    /// answering one.
    Strict,
}

/// What a time without an offset from UTC means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LocalTime {
    /// What clocks in Finland show.
    #[default]
    Helsinki,
    /// UTC.
    Utc,
    /// Nothing: it is kept as written and is no moment.
    Unreadable,
}

/// What becomes of an AsiakasTunnus that is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CustomerIds {
    /// The Kohde is not stored (525).
    #[default]
    Validated,
    /// It is handed out as it came, as `unreadableId`.
    Kept,
}

/// Citizens' messages.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MessageSettings {
    /// Whether they are taken; otherwise such a call is answered with TilaKoodi 405. Default true.
    pub enabled: bool,
    /// Whether a message has to say whose mailbox it comes from (Asiakas with an AsiakasTunnus); one without gets state 525. Default true: nobody could be answered. The WSDL
    /// has it optional.
    pub customer_required: bool,
    /// Most Kohde in a call; one with more is answered with TilaKoodi 450. Default 200: none is published.
    pub most_items: usize,
    /// Longest KuvausTeksti in bytes; a Kohde with a longer one gets state 550. Default 262144: the service that replaces this one takes 40,000 characters.
    pub largest_text_bytes: u64,
}

setting_tables::table! {
    MessageSettings: MessageSettings::default();
    enabled, customer_required, most_items, largest_text_bytes,
}

impl Default for MessageSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            customer_required: true,
            most_items: 200,
            largest_text_bytes: 256 << 10,
        }
    }
}

/// Delivery statuses.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct StatusSettings {
    /// Whether they are taken; otherwise such a call is answered with TilaKoodi 405. Default true.
    pub enabled: bool,
    /// Most Kohde in a call; one with more is answered with TilaKoodi 450. Default 1000: none is published.
    pub most_items: usize,
}

setting_tables::table! {
    StatusSettings: StatusSettings::default();
    enabled, most_items,
}

impl Default for StatusSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            most_items: 1000,
        }
    }
}

/// How calls are answered.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ResponseSettings {
    /// Shape of a Kohde in the answer to VieKohteita. Default `wsdl`: the document V1.1 describes another, which the WSDL does not allow, and whoever calls is taken to be
    /// generated from the WSDL.
    pub item_shape: ItemShape,
    /// What SanomaTunniste of an answer is. Default `echo`: the document calls it an id for tracing in logs.
    pub call_id: CallIdReply,
    /// KohteenTila of a message that has been stored before: 200 or 520. Default 200: a repetition gets the answer that the first call had, so that it ends.
    pub duplicate_state: u16,
}

setting_tables::table! {
    ResponseSettings: ResponseSettings::default();
    item_shape, call_id, duplicate_state,
}

impl Default for ResponseSettings {
    fn default() -> Self {
        Self {
            item_shape: ItemShape::default(),
            call_id: CallIdReply::default(),
            duplicate_state: ItemState::STORED.number(),
        }
    }
}

/// Shape of a Kohde in the answer to VieKohteita.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum ItemShape {
    /// AsiointitiliTunniste, ViranomaisTunniste, KohteenTila, KohteenTilaKuvaus.
    #[default]
    #[serde(rename = "wsdl")]
    Wsdl,
    /// ViranomaisTunniste, then an Asiakas with AsiointitiliTunniste, KohteenTila and KohteenTilaKuvaus in it.
    #[serde(rename = "spec-1.1")]
    Spec11,
}

/// What SanomaTunniste of an answer is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CallIdReply {
    /// That of the call.
    #[default]
    Echo,
    /// A new one.
    Own,
    /// Left out.
    LeftOut,
}

impl Settings {
    /// The state of a message that has been stored before.
    pub fn duplicate_state(&self) -> ItemState {
        ItemState::of_duplicate(self.response.duplicate_state).unwrap_or(ItemState::STORED)
    }

    /// Header blocks that a call may demand to be understood.
    pub(super) fn understood(&self) -> Vec<Understood> {
        let own = [
            format!("{{{}}}Security", ws_security::SECURITY_NAMESPACE),
            format!("{{{}}}paluukanavaUrl", super::NAMESPACE),
        ];
        let listed = &self.notification.understood_headers;
        let all = own.iter().chain(listed);
        all.filter_map(|text| text.parse().ok()).collect()
    }

    /// Judges what would otherwise show only when a call comes.
    ///
    /// # Errors
    /// The first setting that cannot work.
    pub fn check(&self) -> Result<(), SettingError> {
        self.notification.check()?;
        self.signature.check()?;
        self.attachments.check()?;
        for (pointer, most) in [
            ("/messages/most-items", self.messages.most_items),
            ("/statuses/most-items", self.statuses.most_items),
        ] {
            if most == 0 {
                let message = "this has to be at least 1, or no call would be taken; to take none, set enabled to false";
                return Err(SettingError::new(pointer, message));
            }
        }
        if ItemState::of_duplicate(self.response.duplicate_state).is_none() {
            let message = "this is 200 (stored) or 520 (a case with this id exists)";
            return Err(SettingError::new("/response/duplicate-state", message));
        }
        Ok(())
    }
}
