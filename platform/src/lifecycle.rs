//! Two-step shutdown: soft (stop taking, finish what is held), then hard after a grace period. Both
//! are values handed down, so a test can stop one server without stopping all.

use std::time::Duration;
use tokio_util::sync::CancellationToken;

use crate::crash;

/// Handed to everything that runs until told otherwise.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    soft: CancellationToken,
    hard: CancellationToken,
}

impl Shutdown {
    /// How long soft may last before hard (a drain of a full prefetch took under 2 s).
    pub const GRACE: Duration = Duration::from_secs(20);

    /// Stop taking, finish what is held.
    pub fn stop(&self) {
        self.soft.cancel();
    }

    /// Stop at once.
    pub fn stop_hard(&self) {
        self.soft.cancel();
        self.hard.cancel();
    }

    pub fn is_stopping(&self) -> bool {
        self.soft.is_cancelled()
    }

    /// Until soft shutdown begins.
    pub async fn stopping(&self) {
        self.soft.cancelled().await;
    }

    /// Until hard shutdown.
    pub async fn stopped_hard(&self) {
        self.hard.cancelled().await;
    }

    /// One that is stopped with this one and can be stopped alone.
    #[must_use]
    pub fn child(&self) -> Self {
        Self { soft: self.soft.child_token(), hard: self.hard.child_token() }
    }

    /// A task that turns SIGTERM and SIGINT into soft, a second one or the end of the grace period into hard. From this
    /// call on the signals do not end the process by themselves.
    pub fn on_signals(&self) -> std::io::Result<impl Future<Output = ()> + use<>> {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut term, mut interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let shutdown = self.clone();
        Ok(async move {
            crash::round("signals");
            tokio::select! { _ = term.recv() => {}, _ = interrupt.recv() => {} }
            tracing::info!("stopping: finishing what is held");
            shutdown.stop();
            tokio::select! { _ = term.recv() => {}, _ = interrupt.recv() => {}, () = tokio::time::sleep(Self::GRACE) => {} }
            shutdown.stop_hard();
        })
    }
}
