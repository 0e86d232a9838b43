// SPDX-License-Identifier: Apache-2.0
//! Everything that is listened at, and what sends.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use serde_json::{Map, Value};
use silta::Agency;
use silta_config::{Config, Expiry};
use silta_gateway::{
    CertificateEnd, Gateway, Listener, ListenerConfig, ListenerSetup, OperatorSetup, PageSetup,
    ServedAgency,
    recording::{Recorder, RecordingCounts},
    trials::TrialCounts,
};
use silta_store::SqliteStore;

use super::{
    agencies::Served,
    deployments::Hosted,
    listener::{explain, listener_config, nothing_to_serve},
    mail::MailReceiver,
    maintenance::Maintenance,
    platform::PlatformServer,
    reminders::{Daily, Reminder},
    sending::Sender,
    telemetry,
    webhooks::WebhookSender,
};
use crate::{failure::Failure, host};

/// What a configuration has of them. At least one of those that take, send or push something is there.
pub(super) struct Servers<'a> {
    file: &'a Path,
    config: &'a Config,
    listen: Option<SocketAddr>,
    /// What is configured, until it is started.
    configured: Option<ListenerConfig>,
    calls_per_agency: u32,
    listener: Option<Listener>,
    mail: MailReceiver<'a>,
    platform: PlatformServer<'a>,
    sender: Sender,
    webhooks: WebhookSender<'a>,
    operator: Option<SocketAddr>,
    page: Option<PageSetup>,
    notices: Vec<u32>,
    recordings: RecordingCounts,
    trials: TrialCounts,
    /// None until they are started.
    reminder: Option<Reminder>,
}

impl<'a> Servers<'a> {
    /// What is configured, looked at before anything else takes time.
    ///
    /// # Errors
    /// A table, or what it names, cannot be used; or there is none.
    pub(super) fn configured(
        file: &'a Path,
        config: &'a Config,
        listen: Option<SocketAddr>,
    ) -> Result<Self, Failure> {
        let configured = listener_config(config, file, listen)?;
        let limits = configured.as_ref().map(|listener| listener.limits);
        let servers = Self {
            file,
            config,
            listen,
            configured,
            calls_per_agency: limits.unwrap_or_default().calls_per_agency,
            listener: None,
            mail: MailReceiver::new(file, config)?,
            platform: PlatformServer::new(file, config)?,
            sender: Sender::new(config)?,
            webhooks: WebhookSender::new(config)?,
            operator: config.operator_address().transpose()?,
            page: config.operator_page()?,
            notices: config.certificate_notice_days()?,
            recordings: RecordingCounts::default(),
            trials: TrialCounts::default(),
            reminder: None,
        };
        let is_called = servers.configured.is_some() || servers.mail.is_configured();
        match is_called || !servers.are_called_only() {
            true => Ok(servers),
            false => Err(nothing_to_serve(file)),
        }
    }

    /// Calls of one agency in the sandbox at once, whichever way they come and whatever it is asked for.
    pub(super) fn calls_per_agency(&self) -> u32 {
        self.calls_per_agency
    }

    /// Shows what a recorder counts once they are started.
    pub(super) fn count_recordings(&mut self, recorder: Option<&Recorder>) {
        self.recordings = recorder.map(Recorder::counts).unwrap_or_default();
    }

    /// Shows what trials count once they are started.
    pub(super) fn count_trials(&mut self, counts: &TrialCounts) {
        self.trials = counts.clone();
    }

    /// Whether there is nothing to do for agencies that do not call.
    pub(super) fn are_called_only(&self) -> bool {
        !self.platform.is_configured()
            && !self.sender.is_configured()
            && !self.webhooks.is_configured()
    }

    /// Starts everything for those that call and for all, and adds to the first line where it is.
    ///
    /// # Errors
    /// One of them does not start; the others end with what is handed back otherwise.
    pub(super) fn start(
        &mut self,
        callers: Vec<(String, Agency)>,
        (all, hosted): (Vec<(String, Agency)>, &Hosted),
        store: Arc<SqliteStore>,
        first_line: &mut Map<String, Value>,
    ) -> Result<Gateway, Failure> {
        let limit = self.calls_per_agency;
        let page = self.page.clone().map(|page| PageSetup {
            agencies: all.clone(),
            deployer: Some(Arc::new(hosted.clone())),
            ..page
        });
        let all = all.into_iter().map(|(id, agency)| {
            let served = ServedAgency::new(id.as_str(), agency, limit);
            (id, served)
        });
        let all = Served::from_iter(all);
        let mut called = all.clone();
        called.retain(|id, _| callers.iter().any(|(called, _)| called == id));
        // Before one of them starts.
        let mails = self.mail.setup(&called, store.clone())?;
        let pushed = self.webhooks.pushed();
        let api = self.platform.setup((&all, hosted), store.clone(), pushed);
        self.sender.prepare(self.config, &all)?;
        let (file, listen) = (self.file, self.listen);
        let told = |error| explain(error, file, listen);
        let gateway = Gateway::counting(self.recordings.clone()).map_err(told)?;
        gateway.count_trials(self.trials.clone());
        telemetry::start(self.config, &gateway)?;
        if let Some(config) = self.configured.take() {
            let proxies = self.config.listener_proxies()?;
            let mut setup = ListenerSetup::new(&config, store.clone()).behind(proxies);
            setup.routes = called;
            let listener = gateway.listen(setup).map_err(told)?;
            first_line.insert("listening".into(), listener.address().to_string().into());
            self.listener = Some(listener);
        }
        if let Some(address) = self.mail.start(&gateway, mails)? {
            first_line.insert("mail".into(), address.to_string().into());
        }
        if let Some(address) = self.platform.start(&gateway, api)? {
            first_line.insert("platform".into(), address.to_string().into());
        }
        if let Some(ids) = self.sender.told() {
            first_line.insert("sending".into(), ids.into());
        }
        self.sender.start(&gateway, store.clone());
        if let Some(names) = self.webhooks.start(&gateway, store.clone()) {
            first_line.insert("webhooks".into(), names.into());
        }
        let notices = std::mem::take(&mut self.notices);
        let days = gateway.certificate_days();
        self.reminder = Some(Reminder::new(store.clone(), notices, days));
        if let Some(address) = self.operator {
            let setup = OperatorSetup {
                address,
                store,
                agencies: callers,
                page,
            };
            let listening = gateway.listen_for_operator(setup).map_err(|error| {
                let field = "operator.address".to_owned();
                host::in_configuration(file.to_owned(), field, error.to_string())
            })?;
            first_line.insert("operator".into(), listening.to_string().into());
        }
        Ok(gateway)
    }

    /// Looks whether anything has changed, and says after what time to look again.
    pub(super) fn look(&mut self, maintenance: &mut Maintenance) -> Duration {
        let next = maintenance.look(self.listener.as_ref(), &self.sender);
        let next = next.min(self.mail.look()).min(self.platform.look());
        let next = next.min(self.webhooks.look());
        let (listener, mail) = (self.listener.as_ref(), &self.mail);
        let (platform, webhooks) = (&self.platform, &self.webhooks);
        let maintenance = &*maintenance;
        let expiries = || {
            let all = maintenance.expiries(listener).into_iter();
            all.chain(mail.expiries()).chain(platform.expiries())
        };
        let daily = || {
            let exposed = maintenance.exposed().into_iter().chain(mail.exposed());
            let exposed = exposed.chain(platform.exposed()).chain(webhooks.exposed());
            Daily {
                exposed: exposed.collect(),
                stopped: webhooks.stopped(),
            }
        };
        if let Some(page) = &self.page {
            page.certificates
                .set(expiries().map(certificate_end).collect());
        }
        if let Some(reminder) = &mut self.reminder {
            reminder.look(|| expiries().collect(), daily);
        }
        next
    }
}

/// What the operator's page shows of it. What others have may name people.
fn certificate_end(expiry: Expiry) -> CertificateEnd {
    CertificateEnd {
        subject: expiry.own.is_some().then(|| expiry.subject().to_owned()),
        role: expiry.field,
        at: expiry.at,
    }
}
