// SPDX-License-Identifier: Apache-2.0
//! The protocol: texts in, values out. Nothing here knows the sandbox, so that all of it is tested natively.

mod answer;
mod body;
mod progress;
mod settings;
mod status;

pub use answer::{
    Listed, MessageState, Page, Refusal, Token, is_token, read_id, read_page, read_refusal,
    read_token,
};
pub use body::opened;
pub use progress::{Delivery, Listing, MOST_PAGES};
pub use settings::{Day, Settings};
pub use status::{Kind, class};
