// SPDX-License-Identifier: Apache-2.0
//! Requests from threads that may block.

use std::{fmt, io, sync::Arc};

use silta::RoleKey;
use tokio::runtime::{self, Handle, Runtime};

use super::{
    fact::NotSent,
    http::{HttpClient, HttpOutcome, request::HttpRequest},
    mail::{MailClient, MailOutcome, content::Mail},
    tls::Reached,
};

/// Sends requests and waits for what becomes of them, on the thread that asks and on a small runtime of its own. Several threads may ask at once;
/// none of them may be one of an asynchronous runtime.
pub struct Blocking {
    handle: Handle,
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
}

impl Blocking {
    /// A runtime of one thread.
    ///
    /// # Errors
    /// The system refuses threads or files.
    pub fn new() -> io::Result<Self> {
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("silta-outbound")
            .enable_all()
            .build()?;
        Ok(Self {
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
        })
    }

    /// Waits for a future, on the thread that asks.
    pub fn run<F: Future>(&self, work: F) -> F::Output {
        self.handle.block_on(work)
    }

    /// Sends a request, see [`HttpClient::send`].
    pub fn send(&self, client: &HttpClient, request: HttpRequest) -> HttpOutcome {
        self.run(client.send(request))
    }

    /// See [`HttpClient::reach`].
    ///
    /// # Errors
    /// Why no request could be sent.
    pub fn reach(
        &self,
        client: &HttpClient,
        url: &str,
        client_key: Option<Arc<RoleKey>>,
    ) -> Result<Reached, NotSent> {
        self.run(client.reach(url, client_key))
    }

    /// See [`MailClient::send`].
    pub fn send_mail(&self, client: &MailClient, mail: Mail) -> MailOutcome {
        self.run(client.send(mail))
    }

    /// See [`MailClient::reach`].
    ///
    /// # Errors
    /// Why no mail could be sent.
    pub fn reach_relay(&self, client: &MailClient) -> Result<Option<Reached>, NotSent> {
        self.run(client.reach())
    }
}

impl Drop for Blocking {
    /// Does not wait for a name that is still being looked up: the system gives no way to end that.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Blocking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blocking").finish_non_exhaustive()
    }
}
