//! One index and what is known of it: which revision of each hospital it has, until when time leaves that right, and what
//! waits to be written. A document that the engine refuses three times is parked until its hospital changes.

use domain::ids::HospitalId;
use domain::time::Timestamp;
use platform::metrics;
use platform::search::{Client, Document, Kept, Operation, SearchError, Written, version};
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};

/// Tries of a document before it is parked.
const TRIES: u8 = 3;
/// Bytes of one call, about.
const MAX_BYTES: usize = 2 << 20;

/// What the index has of a hospital.
#[derive(Clone, Copy, Debug)]
struct Has {
    revision: u64,
    until: Option<i64>,
}

/// An index.
#[derive(Debug)]
pub struct Target {
    pub name: String,
    pub live: bool,
    has: HashMap<HospitalId, Has>,
    due: BinaryHeap<Reverse<(i64, HospitalId)>>,
    waiting: BTreeSet<HospitalId>,
    tries: HashMap<HospitalId, u8>,
    parked: HashMap<HospitalId, u64>,
}

impl Target {
    /// An index that was found, with what is in it.
    pub fn new(name: String, live: bool, kept: HashMap<HospitalId, Kept>) -> Self {
        let mut target = Self {
            name,
            live,
            has: HashMap::with_capacity(kept.len()),
            due: BinaryHeap::new(),
            waiting: BTreeSet::new(),
            tries: HashMap::new(),
            parked: HashMap::new(),
        };
        for kept in kept.into_values() {
            target.now_has(kept.id, Has { revision: kept.revision, until: kept.until });
        }
        target
    }

    fn now_has(&mut self, id: HospitalId, has: Has) {
        if let Some(until) = has.until {
            self.due.push(Reverse((until, id)));
        }
        self.has.insert(id, has);
    }

    /// These are to be written.
    pub fn want(&mut self, ids: impl IntoIterator<Item = HospitalId>) {
        self.waiting.extend(ids);
    }

    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub fn parked(&self) -> usize {
        self.parked.len()
    }

    /// Compares with the revisions that the database has: what is older, missing or too much is to be written.
    pub fn compare(&mut self, revisions: &[(HospitalId, u64)]) {
        for (id, revision) in revisions {
            let has = self.has.get(id).is_some_and(|has| has.revision >= *revision);
            let parked = self.parked.get(id).is_some_and(|parked| parked >= revision);
            if !has && !parked {
                self.waiting.insert(*id);
            }
        }
        if self.has.len() > revisions.len() {
            let known: BTreeSet<HospitalId> = revisions.iter().map(|(id, _)| *id).collect();
            self.waiting.extend(self.has.keys().filter(|id| !known.contains(id)));
        }
    }

    /// What time has changed is to be written.
    pub fn fall_due(&mut self, now: Timestamp) {
        let now = now.timestamp();
        while let Some(Reverse((until, id))) = self.due.peek().copied().filter(|due| due.0.0 <= now)
        {
            self.due.pop();
            if self.has.get(&id).is_some_and(|has| has.until == Some(until)) {
                self.waiting.insert(id);
            }
        }
    }

    /// Up to so many of those that wait.
    pub fn first_waiting(&self, most: usize) -> Vec<HospitalId> {
        self.waiting.iter().take(most).copied().collect()
    }

    /// Writes what was read of these hospitals. Those that there are no longer are removed.
    pub async fn write(
        &mut self,
        client: &Client,
        ids: &[HospitalId],
        documents: Vec<Document>,
        now: Timestamp,
    ) -> Result<(), SearchError> {
        let made: BTreeSet<HospitalId> = documents.iter().map(|document| document.id).collect();
        let gone = ids.iter().filter(|id| !made.contains(id));
        let mut operations: Vec<Operation> = gone
            .map(|id| {
                let revision = self.has.get(id).map_or(0, |has| has.revision) + 1;
                Operation::Remove { id: *id, version: version(revision, now.timestamp()) }
            })
            .collect();
        operations.extend(documents.into_iter().map(|document| Operation::Put(Box::new(document))));
        for chunk in by_size(&operations) {
            let written = client.write(&self.name, chunk).await?;
            for (operation, written) in chunk.iter().zip(written) {
                self.note(operation, written);
            }
        }
        Ok(())
    }

    fn note(&mut self, operation: &Operation, written: Written) {
        let id = match operation {
            Operation::Put(document) => document.id,
            Operation::Remove { id, .. } => *id,
        };
        match (written, operation) {
            (Written::Done, Operation::Put(document)) => {
                metrics::INDEX_WRITTEN.with_label_values(&["done"]).inc();
                self.settled(id);
                self.now_has(id, Has { revision: document.revision, until: document.until });
            }
            (Written::Done, Operation::Remove { .. }) => {
                self.settled(id);
                self.has.remove(&id);
            }
            (Written::Again, _) => metrics::INDEX_WRITTEN.with_label_values(&["again"]).inc(),
            (Written::Refused(reason), operation) => self.refused(id, operation, &reason),
        }
    }

    fn settled(&mut self, id: HospitalId) {
        self.waiting.remove(&id);
        self.tries.remove(&id);
        self.parked.remove(&id);
    }

    fn refused(&mut self, id: HospitalId, operation: &Operation, reason: &str) {
        metrics::INDEX_WRITTEN.with_label_values(&["refused"]).inc();
        let tries = self.tries.entry(id).or_default();
        *tries += 1;
        if *tries >= TRIES {
            let revision = match operation {
                Operation::Put(document) => document.revision,
                Operation::Remove { .. } => u64::MAX,
            };
            tracing::error!(hospital = %id, index = self.name, reason, "the search engine refuses the document; parked until the hospital changes");
            self.settled(id);
            self.parked.insert(id, revision);
        }
    }
}

/// Pieces of one call each.
fn by_size(operations: &[Operation]) -> impl Iterator<Item = &[Operation]> {
    let mut rest = operations;
    std::iter::from_fn(move || {
        let mut room = MAX_BYTES;
        let fits = |operation: &&Operation| {
            let size = match operation {
                Operation::Put(document) => document.body.to_string().len(),
                Operation::Remove { .. } => 0,
            };
            let left = room.checked_sub(size);
            room = left.unwrap_or_default();
            left.is_some()
        };
        // One always goes.
        let count = rest.iter().take_while(fits).count().max(1).min(rest.len());
        let (piece, after) = rest.split_at(count);
        rest = after;
        (count > 0).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn target() -> Target {
        Target::new("t".to_owned(), true, HashMap::new())
    }

    fn put(id: HospitalId, revision: u64, until: Option<i64>, size: usize) -> Operation {
        let body = json!("x".repeat(size));
        Operation::Put(Box::new(Document { id, version: 1, revision, until, body }))
    }

    #[test]
    fn what_is_refused_again_and_again_is_parked_until_it_changes() {
        let (mut target, id) = (target(), HospitalId::generate());
        target.want([id]);
        for _ in 0..TRIES {
            assert_eq!((target.waiting(), target.parked()), (1, 0));
            target.note(&put(id, 4, None, 0), Written::Refused("no".to_owned()));
        }
        assert_eq!((target.waiting(), target.parked()), (0, 1));
        target.compare(&[(id, 4)]);
        assert_eq!(target.waiting(), 0);
        target.compare(&[(id, 5)]);
        assert_eq!(target.waiting(), 1);
        target.note(&put(id, 5, None, 0), Written::Again);
        assert_eq!(target.waiting(), 1);
        target.note(&put(id, 5, None, 0), Written::Done);
        assert_eq!((target.waiting(), target.parked()), (0, 0));
    }

    #[test]
    fn time_and_revisions_bring_hospitals_up() {
        let (mut target, [a, b]) = (target(), [HospitalId::generate(), HospitalId::generate()]);
        target.note(&put(a, 1, Some(100), 0), Written::Done);
        target.note(&put(a, 2, Some(200), 0), Written::Done);
        let at = |second| Timestamp::from_timestamp(second, 0).unwrap();
        target.fall_due(at(150));
        assert_eq!(target.waiting(), 0, "what is newer holds for longer");
        target.fall_due(at(200));
        assert_eq!(target.first_waiting(9), [a]);
        target.note(&put(a, 2, None, 0), Written::Done);
        target.compare(&[(a, 2), (b, 0)]);
        assert_eq!(target.first_waiting(9), [b]);
        target.compare(&[]);
        assert_eq!(target.waiting(), 2, "a hospital that is gone is to be removed");
    }

    #[test]
    fn a_call_has_bounded_bytes() {
        let all: Vec<Operation> = [MAX_BYTES / 2, MAX_BYTES / 2 - 9, 1_000, MAX_BYTES * 2, 1]
            .map(|size| put(HospitalId::generate(), 1, None, size))
            .into();
        assert_eq!(by_size(&all).map(<[_]>::len).collect::<Vec<_>>(), [2, 1, 1, 1]);
    }
}
