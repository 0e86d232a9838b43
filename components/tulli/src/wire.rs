//! The protocol: trees in, trees out. No clock, no keys, no bytes of payload.
//!
//! Clauses: "guide 2015" is Customs' technical guide of 20.8.2015, with its page. What public sources leave open is a setting
//! with a documented default, see [`Profile`].

mod answer;
mod codes;
mod names;
mod profile;
mod settings;
mod upload;

pub use answer::{Acknowledgement, AnswerError, read_answer};
pub use codes::{Class, DisturbanceReference};
pub use names::Names;
pub use profile::{DigestMethod, Profile, SignatureForm, SignatureMethod, SoapVersion};
pub use settings::{Language, Settings, SettingsError};
pub use upload::{
    Moment, Parameters, Powers, UploadError, application_request, is_reference, soap_request,
};
