// SPDX-License-Identifier: Apache-2.0
//! What sending is started with.

use std::{collections::BTreeMap, fmt, sync::Arc};

use silta_store::Store;

use super::{
    agency::SentAgency,
    settings::{PollSettings, SendingSettings},
};
use crate::{
    agency::ServedAgency,
    outbound::{HttpClient, MailClient},
};

/// What is sent, and by whom.
#[derive(Clone)]
pub struct SendingSetup {
    /// Where operations are queued.
    pub store: Arc<dyn Store>,
    /// Who claims them; for people to read.
    pub node: String,
    /// Whose operations are claimed.
    pub agencies: Vec<SendingAgency>,
    /// How.
    pub settings: SendingSettings,
}

/// An agency that is sent to.
#[derive(Debug, Clone)]
pub struct SendingAgency {
    /// The agency. A clone of what serves its calls shares the limit on calls in the sandbox.
    pub served: ServedAgency,
    /// What sends requests.
    pub http: HttpClient,
    /// What gives mails to the relay; without it, operations that send one are held.
    pub mail: Option<MailClient>,
    /// How its polls are run, by the name of the operation; as the component declares it where there is nothing.
    pub polls: BTreeMap<String, PollSettings>,
}

/// What is being sent; it goes on until the gateway stops, whether this is dropped or not.
#[derive(Clone)]
pub struct Sending {
    pub(super) agencies: Vec<Arc<SentAgency>>,
}

impl Sending {
    /// Goes on with other clients of an agency: what is begun from now on is sent by them. Whether there is such an agency.
    pub fn renew_clients(
        &self,
        agency: &str,
        http: &HttpClient,
        mail: Option<&MailClient>,
    ) -> bool {
        let found = self.agencies.iter().find(|sent| sent.id == agency);
        if let Some(sent) = found {
            sent.renew_clients(http.clone(), mail.cloned());
        }
        found.is_some()
    }
}

impl fmt::Debug for SendingSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendingSetup")
            .field("node", &self.node)
            .field("agencies", &self.agencies)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Sending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = self.agencies.iter().map(|sent| &sent.id);
        f.debug_list().entries(ids).finish()
    }
}
