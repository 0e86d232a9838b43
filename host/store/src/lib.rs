// SPDX-License-Identifier: Apache-2.0
//! What agencies have brought and what is to be sent to them, kept durably.
//!
//! [`Store`] is the interface: one method is one transaction with one answer. [`MemoryStore`] forgets when the process ends and is for tests and for
//! whoever embeds the gateway; [`SqliteStore`] keeps everything in a folder. `README.md` of this package says what the law is and why the parts are as
//! they are.

mod content;
mod error;
mod key;
mod memory;
mod pace;
pub mod record;
mod sqlite;
mod store;
mod time;
mod wakeups;

pub use content::{Content, Digest, NoDigest};
pub use error::{Cause, StoreError, Why};
pub use memory::MemoryStore;
pub use sqlite::{CommitCounts, OpenError, SqliteSettings, SqliteStore, SqliteVisitor};
pub use store::Store;
pub use time::{Clock, SetClock, SystemClock, Timestamp};
pub use wakeups::Wakeups;
