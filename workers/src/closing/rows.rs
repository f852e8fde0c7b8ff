//! What a batch will write of closings, gathered while it decides.

use domain::closing::{Closing, ClosingChange};
use domain::command::Command;
use domain::facts::Facts;
use domain::feed::{Entry, Feed};
use domain::ids::{ClosingId, HospitalId, RequestId};
use domain::known::Unasked;
use domain::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// A closing that the batch makes.
#[derive(Clone, Debug)]
pub struct Made {
    pub request: RequestId,
    /// Its time as instants.
    pub spans: Vec<(Timestamp, Timestamp)>,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Rows {
    /// Those that the database does not have yet.
    pub made: BTreeMap<ClosingId, Made>,
    /// As they stand after the batch, and the request that changed each last.
    pub touched: BTreeMap<ClosingId, (Closing, RequestId)>,
}

impl Rows {
    /// Takes in a decision's change.
    pub fn take(
        &mut self,
        change: &ClosingChange,
        command: &Command,
        facts: &Facts,
    ) -> Result<(), Unasked> {
        let (closing, request) = (change.after, command.request_id);
        if change.before.is_none() {
            let zone = facts.directory.zone(closing.time.hospital_id)?;
            self.made.insert(closing.id, Made { request, spans: closing.time.spans(zone) });
        }
        self.touched.insert(closing.id, (closing, request));
        Ok(())
    }

    /// Hospitals whose free time the batch changes.
    pub fn hospitals(&self) -> impl Iterator<Item = HospitalId> {
        self.touched.values().map(|(closing, _)| closing.time.hospital_id)
    }
}

/// Closings that a batch changed, as they stand after it.
#[derive(Debug, Default)]
pub struct ChangedClosings(pub Vec<Closing>);

impl ChangedClosings {
    pub fn of(rows: &Rows) -> Self {
        Self(rows.touched.values().map(|(closing, _)| *closing).collect())
    }

    /// Tells listeners whose schedules are not as they were.
    pub fn tell(&self, feed: &mut Feed) {
        let hospitals: BTreeSet<HospitalId> =
            self.0.iter().map(|closing| closing.time.hospital_id).collect();
        for hospital in hospitals {
            feed.push(Entry::Schedules { hospital });
        }
    }
}
