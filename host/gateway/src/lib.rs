// SPDX-License-Identifier: Apache-2.0
//! Where agencies call: an HTTPS listener that reads a call within limits, has it validated in the sandbox, commits what it brings, and only
//! then answers. How agencies are called is in [`outbound`]: clients for HTTPS and mail that say of each request what is known of it. What is queued in
//! a store is sent by [`Gateway::send`].
//!
//! ```no_run
//! use std::sync::Arc;
//! use silta_gateway::{Gateway, ListenerSetup};
//! use silta_store::{SqliteSettings, SqliteStore};
//!
//! # fn serve(config: silta_gateway::ListenerConfig, tulli: silta::Agency) -> Result<(), Box<dyn std::error::Error>> {
//! let gateway = Gateway::new()?;
//! let store = SqliteStore::open("store".as_ref(), SqliteSettings::default())?;
//! let setup = ListenerSetup::new(&config, Arc::new(store)).serve("tulli", tulli);
//! println!("Customs may call https://{}/tulli/", gateway.listen(setup)?.address());
//! // Serves until it is dropped.
//! # Ok(())
//! # }
//! ```
//!
//! # Commit, then reply
//!
//! An agency that has its reply forgets the call. So what a call brings is handed to the [`Inbox`] first, and the reply to an accepted call leaves
//! only after [`Inbox::commit`] has returned. Without a commit there is no answer but 503, upon which the agency calls again; what comes again
//! is known by its deduplication keys and answered as a duplicate.
//!
//! # Who decides what
//!
//! The listener knows TLS, HTTP and limits; it knows no agency. Method, path, header fields and certificates of a caller are checked by the component
//! alone, trust in certificates included.
//!
//! Events of target `silta::gateway` report each reply: agency, generation, status, verdict, code and time. Bodies, values of header fields and names
//! in certificates are in none.

mod agency;
mod blocks;
mod call_queue;
mod certificate_event;
mod file_limit;
mod gateway;
pub mod generations;
mod half_open;
mod inbound;
mod inbox;
mod metrics;
pub mod operation;
mod operator;
pub mod outbound;
mod own_kinds;
mod percent;
pub mod platform;
pub mod recording;
mod segments;
mod sending;
mod server;
mod telemetry;
mod trace_context;
pub mod trials;
pub mod webhooks;

pub use agency::ServedAgency;
pub use certificate_event::{CERTIFICATE_ENDS, EndingCertificate, due_notice};
pub use gateway::Gateway;
pub use inbound::{
    IpNetwork, Listener, ListenerConfig, ListenerError, ListenerLimits, ListenerPair,
    ListenerSetup, MailLimits, MailListenerConfig, MailListenerSetup, MailProtocol, MailRecipient,
    ServerIdentity, TrustedProxies, UNREADABLE, WrongLimit, WrongNetwork, WrongRecipient, answered,
    smtp,
};
pub use inbox::{Inbox, OWN_ENTRIES, arrival};
pub use metrics::CertificateDays;
pub use operator::{CertificateEnd, Certificates, OperatorSetup, PageSetup, UserField, WrongPage};
pub use own_kinds::own_kinds;
pub use sending::{
    OPERATION_HELD, PollSettings, Sending, SendingAgency, SendingSettings, SendingSetup,
};
#[cfg(feature = "otlp")]
pub use telemetry::OtlpSetup;
pub use telemetry::{Span, SpanKind, SpanSink, SpanValue};
