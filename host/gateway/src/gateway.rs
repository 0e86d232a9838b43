// SPDX-License-Identifier: Apache-2.0
//! All servers of the gateway, on one runtime.

use std::{
    convert::Infallible,
    fmt,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    time::Duration,
};

use tokio::runtime::{self, Runtime};
use tokio_util::sync::CancellationToken;

#[cfg(feature = "otlp")]
use crate::telemetry::{Exporting, OtlpSetup};
use crate::{
    inbound::{self, Listener, ListenerError, ListenerSetup, MailListenerSetup},
    metrics::{CertificateDays, Metrics, RecordingCounts, TrialCounts},
    operator::{self, OperatorSetup},
    platform::{self, PlatformSetup},
    sending::{self, Sending, SendingSetup},
    server::ServerContext,
    telemetry::SpanSink,
    webhooks::{self, Webhooks, WebhooksSetup},
};

/// Bound on threads that may block. Each of them holds a permit of its agency, so the agencies' limits are what counts.
const BLOCKING_THREADS: usize = 1 << 20;

/// The servers of the gateway: one runtime, stopped together. Dropping it stops them, see [`stop`](Self::stop).
pub struct Gateway {
    runtime: Option<Runtime>,
    servers: Mutex<Servers>,
}

struct Servers {
    /// Each server has a clone of it, with a sender that it drops when it has stopped.
    context: ServerContext,
    stopped: mpsc::Receiver<Infallible>,
    /// The longest time that one of them may take to stop.
    stop_time: Duration,
    #[cfg(feature = "otlp")]
    exporting: Option<Exporting>,
}

impl Gateway {
    /// A gateway without servers.
    ///
    /// # Errors
    /// [`ListenerError::Threads`]: the system refuses threads.
    pub fn new() -> Result<Self, ListenerError> {
        Self::counting(RecordingCounts::default())
    }

    /// The same, which shows what a [`Recorder`](crate::recording::Recorder) counts.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn counting(recordings: RecordingCounts) -> Result<Self, ListenerError> {
        let runtime = runtime::Builder::new_multi_thread()
            .thread_name("silta-gateway")
            .max_blocking_threads(BLOCKING_THREADS)
            .enable_all()
            .build()
            .map_err(ListenerError::Threads)?;
        let (running, stopped) = mpsc::channel();
        let context = ServerContext {
            runtime: runtime.handle().clone(),
            cancellation: CancellationToken::new(),
            running,
            metrics: Metrics::counting(recordings),
            connections: Arc::default(),
        };
        Ok(Self {
            runtime: Some(runtime),
            servers: Mutex::new(Servers {
                context,
                stopped,
                stop_time: Duration::ZERO,
                #[cfg(feature = "otlp")]
                exporting: None,
            }),
        })
    }

    /// Shows what trials of candidates count to the operator that is [listened for](Self::listen_for_operator) from now on.
    pub fn count_trials(&self, counts: TrialCounts) {
        self.servers().context.metrics.trials = counts;
    }

    /// Binds an address and takes calls at it.
    ///
    /// # Errors
    /// See [`ListenerError`].
    pub fn listen(&self, setup: ListenerSetup) -> Result<Listener, ListenerError> {
        let stop_time = setup.limits.stop_time;
        let mut servers = self.servers();
        let listener = inbound::start(setup, servers.context.clone())?;
        servers.stop_time = servers.stop_time.max(stop_time);
        Ok(listener)
    }

    /// Binds an address and tells the operator there, over HTTP, whether the gateway is alive (`/health/live`) and ready (`/health/ready`), and what it
    /// counts (`/metrics`, OpenMetrics). Where it listens.
    ///
    /// # Errors
    /// [`ListenerError::Address`].
    pub fn listen_for_operator(&self, setup: OperatorSetup) -> Result<SocketAddr, ListenerError> {
        let context = self.servers().context.clone();
        let metrics = context.metrics.clone();
        operator::start(setup, &metrics, context)
    }

    /// Binds an address and serves the platform's API there.
    ///
    /// # Errors
    /// See [`ListenerError`].
    pub fn listen_for_platform(&self, setup: PlatformSetup) -> Result<Listener, ListenerError> {
        let stop_time = setup.config.limits.stop_time;
        let mut servers = self.servers();
        let listener = platform::start(setup, servers.context.clone())?;
        servers.stop_time = servers.stop_time.max(stop_time);
        Ok(listener)
    }

    /// Binds an address and takes mails at it.
    ///
    /// # Errors
    /// See [`ListenerError`].
    pub fn listen_for_mail(&self, setup: MailListenerSetup) -> Result<Listener, ListenerError> {
        let stop_time = setup.config.limits.stop_time;
        let mut servers = self.servers();
        let listener = inbound::start_mail(setup, servers.context.clone())?;
        servers.stop_time = servers.stop_time.max(stop_time);
        Ok(listener)
    }

    /// Sends what is queued in a store, from now on. What is under way when the gateway stops has its
    /// [`stop_time`](crate::SendingSettings::stop_time); then it is cut off, and gone on with by whoever claims it next.
    pub fn send(&self, setup: SendingSetup) -> Sending {
        let stop_time = setup.settings.stop_time;
        let mut servers = self.servers();
        servers.stop_time = servers.stop_time.max(stop_time);
        sending::start(setup, &servers.context)
    }

    /// Pushes entries of a store's inbox to receivers, from now on.
    pub fn push(&self, setup: WebhooksSetup) -> Webhooks {
        let stop_times = setup.webhooks.iter().map(|it| it.settings.stop_time);
        let mut servers = self.servers();
        servers.stop_time = stop_times.fold(servers.stop_time, Duration::max);
        webhooks::start(setup, &servers.context)
    }

    /// Tells a sink of the steps of each trace from now on: what is submitted, run, built, sent, parsed, committed, delivered and taken out, and calls of agencies. A trace that whoever began
    /// it does not want recorded (`traceparent` without the flag "sampled") is not told. The first sink stays.
    pub fn tell_spans(&self, sink: Arc<dyn SpanSink>) {
        self.servers().context.metrics.spans.tell(sink);
    }

    /// Sends the steps of each trace to a collector from now on, in a task of its own: nothing else waits for it. What still waits when the gateway has stopped has two seconds.
    #[cfg(feature = "otlp")]
    pub fn export_spans(&self, setup: OtlpSetup) {
        let mut servers = self.servers();
        let ServerContext {
            runtime, metrics, ..
        } = &servers.context;
        let (exporting, sink) = Exporting::start(setup, runtime, metrics.of_spans.clone());
        metrics.spans.tell(sink);
        servers.exporting = Some(exporting);
    }

    /// Where the operator's server is told when certificates of our own end.
    pub fn certificate_days(&self) -> CertificateDays {
        self.servers().context.metrics.certificates.clone()
    }

    /// Stops all servers and waits for them. A listener accepts nothing more, answers the calls under way and closes its connections, at the latest
    /// after its [`stop_time`](crate::ListenerLimits::stop_time); one for mail tells idle relays 421 and replies to mails under way. A call that is in the sandbox even then ends by its own limits, and may still be
    /// committed.
    pub fn stop(self) {
        drop(self);
    }

    fn servers(&self) -> MutexGuard<'_, Servers> {
        self.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let servers = self.servers.get_mut();
        let servers = servers.unwrap_or_else(PoisonError::into_inner);
        servers.context.cancellation.cancel();
        // Only the servers' own senders are left.
        servers.context.running = mpsc::channel().0;
        // Each server keeps its time itself; the second is for what it cannot keep.
        let limit = servers.stop_time + Duration::from_secs(1);
        let _ = servers.stopped.recv_timeout(limit);
        // Those of the servers that have just stopped are among them.
        #[cfg(feature = "otlp")]
        if let Some(exporting) = servers.exporting.take() {
            exporting.finish();
        }
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").finish_non_exhaustive()
    }
}
