//! Hospitals that were named as changed and are not looked at yet: each once, however often it was named, so what waits is
//! bounded by the number of hospitals.

use domain::ids::HospitalId;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// Clones share what they hold.
#[derive(Clone, Debug, Default)]
pub struct Changes(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    named: Mutex<BTreeSet<HospitalId>>,
    compare: AtomicBool,
    notify: Notify,
}

impl Changes {
    pub fn add(&self, hospital: HospitalId) {
        self.0.named.lock().unwrap_or_else(PoisonError::into_inner).insert(hospital);
        self.0.notify.notify_one();
    }

    /// Something has changed that nobody named.
    pub fn compare(&self) {
        self.0.compare.store(true, Relaxed);
        self.0.notify.notify_one();
    }

    /// Whether that was said since the last time.
    pub fn take_compare(&self) -> bool {
        self.0.compare.swap(false, Relaxed)
    }

    /// Takes up to so many.
    pub fn take(&self, most: usize) -> Vec<HospitalId> {
        let mut named = self.0.named.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::from_fn(|| named.pop_first()).take(most).collect()
    }

    /// Until something is added.
    pub async fn added(&self) {
        self.0.notify.notified().await;
    }
}
