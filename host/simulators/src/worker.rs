// SPDX-License-Identifier: Apache-2.0
//! A thread of one's own for what waits.

use std::future::Future;
use std::sync::mpsc;
use std::thread::JoinHandle;

use tokio::runtime::{EnterGuard, Handle};
use tokio::sync::watch;

/// Runs futures on a thread of its own, so that the caller may be in a runtime or not. Dropping it ends them and joins
/// the thread.
pub(crate) struct Worker {
    handle: Handle,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts the thread with a future that is told when to end.
    pub(crate) fn start<F, M>(name: &str, main: M) -> std::io::Result<Self>
    where
        M: FnOnce(watch::Receiver<bool>) -> F,
        F: Future<Output = ()> + Send + 'static,
    {
        let (stop, stopped) = watch::channel(false);
        let main = main(stopped);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let handle = runtime.handle().clone();
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || runtime.block_on(main))?;
        Ok(Self {
            handle,
            stop,
            thread: Some(thread),
        })
    }

    /// Waits for a future; `None` when it panicked.
    pub(crate) fn run<F>(&self, future: F) -> Option<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (sender, receiver) = mpsc::channel();
        self.handle.spawn(async move {
            // Whoever waits is below.
            let _ = sender.send(future.await);
        });
        receiver.recv().ok()
    }

    /// Lets what follows start tasks on this thread.
    pub(crate) fn enter(&self) -> EnterGuard<'_> {
        self.handle.enter()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // A panic over there has been reported by its own hook.
            let _ = thread.join();
        }
    }
}
