// SPDX-License-Identifier: Apache-2.0
//! Finnish identifiers that must be right before they travel and must never reach a log:
//! the personal identity code (*henkilötunnus*, HETU) and the Business ID (*Y-tunnus*).
//!
//! Parsing is the only way to get a value, so a value is always well formed. The full text of a
//! value comes out of [`PersonalIdentityCode::expose`] and [`BusinessId::expose`] alone; `Debug` and
//! `Display` show a mask. [`mask_personal_codes`] removes personal codes from text that someone
//! else wrote.
//!
//! ```
//! use finnish_ids::{BusinessId, PersonalIdentityCode, mask_personal_codes};
//!
//! let code = PersonalIdentityCode::parse("010190-900P").unwrap();
//! assert!(code.is_artificial());
//! assert_eq!(code.to_string(), "******-****");
//!
//! let company = BusinessId::from_vat("FI02454428").unwrap();
//! assert_eq!(company.expose(), "0245442-8");
//!
//! assert_eq!(mask_personal_codes("to 010190-900P: sent"), "to ******-****: sent");
//! ```

mod business_id;
mod masking;
mod personal_identity_code;

pub use business_id::{BusinessId, BusinessIdError};
pub use masking::mask_personal_codes;
pub use personal_identity_code::{BirthDate, PersonalIdentityCode, PersonalIdentityCodeError};
