//! Admission (CONTRACT, Limits): of a hospital for which operators have set it, so many commands are decided in one
//! transaction. The others are held back in a table, in their order, in the transaction that meets them, and
//! acknowledged. They go before what comes later of their hospital, and no other hospital waits for them. This is the
//! owner's memory of the table, and who is decided, held back or known to be there already.

use domain::ids::{HospitalId, RequestId};
use domain::partition::QueueKind;
use domain::people::Role;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::ops::Bound::{Excluded, Included, Unbounded};

use crate::rows::Rows;
use crate::work::Item;

/// A command that is held back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Held {
    /// In the order of the partition.
    pub place: u64,
    pub hospital: HospitalId,
    pub request: RequestId,
}

/// What a batch does with one of its commands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    Decide,
    Hold,
    /// Its request is held back already: its first copy is decided.
    Absorb,
    /// It was held back, and a transaction whose answer was lost has decided it.
    Settled,
}

/// Those of a partition.
#[derive(Debug, Default)]
pub struct HeldBack {
    /// The place of the next.
    next: u64,
    lines: BTreeMap<HospitalId, VecDeque<Held>>,
    requests: HashSet<RequestId>,
    /// Whose turn it was last.
    turn: Option<HospitalId>,
    /// Places that the owner before may have had in hand when it ended; `None`: to be found out.
    suspects: Option<HashSet<u64>>,
}

/// Those that are decided next.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Picked {
    pub places: Vec<u64>,
    /// Whoever had one of them before may have died of it: they are decided one by one.
    pub careful: bool,
}

impl HeldBack {
    /// `rows` in the order of their places.
    pub fn new(rows: Vec<Held>) -> Self {
        let mut held = Self { next: 1, ..Self::default() };
        for row in rows {
            held.add(row);
        }
        held
    }

    fn add(&mut self, row: Held) {
        self.next = row.place + 1;
        self.requests.insert(row.request);
        self.lines.entry(row.hospital).or_default().push_back(row);
    }

    pub fn count(&self) -> usize {
        self.requests.len()
    }

    pub fn next_place(&self) -> u64 {
        self.next
    }

    /// Picks those that are decided next: of each hospital as many as `admits` says, `room` in all. The hospitals take turns.
    pub fn pick(&mut self, room: usize, admits: impl Fn(HospitalId) -> Option<usize>) -> Picked {
        let most = |hospital: &HospitalId| admits(*hospital).unwrap_or(usize::MAX).min(room);
        let first = |(hospital, line): (&HospitalId, &VecDeque<Held>)| {
            line.iter().take(most(hospital)).map(|held| held.place).collect::<Vec<u64>>()
        };
        let suspects =
            self.suspects.get_or_insert_with(|| self.lines.iter().flat_map(first).collect());
        let (after, upto) = self.turn.map_or((Unbounded, Excluded(HospitalId::NONE)), |turn| {
            (Excluded(turn), Included(turn))
        });
        let mut places = Vec::new();
        let later = self.lines.range((after, Unbounded));
        for (hospital, line) in later.chain(self.lines.range((Unbounded, upto))) {
            let most = most(hospital).min(room - places.len());
            if most == 0 {
                break;
            }
            places.extend(line.iter().take(most).map(|held| held.place));
            self.turn = Some(*hospital);
        }
        let careful = places.iter().filter(|place| suspects.remove(place)).count() > 0;
        Picked { places, careful }
    }

    /// What becomes of each of these. `is_open` says of a request that it has no outcome yet, and is not parked.
    pub fn ways(
        &self,
        items: &[Item<'_>],
        is_open: impl Fn(&RequestId) -> bool,
        admits: impl Fn(HospitalId) -> Option<usize>,
    ) -> Vec<Way> {
        let mut sorting = Sorting::of(self, items);
        items.iter().map(|item| sorting.way(item, &is_open, &admits)).collect()
    }

    /// A batch is committed.
    pub fn keep(&mut self, rows: &Rows) {
        let gone: HashSet<u64> = rows.no_longer_held.iter().copied().collect();
        // Each line is settled from its front.
        for line in self.lines.values_mut() {
            while let Some(held) = line.front().filter(|held| gone.contains(&held.place)) {
                self.requests.remove(&held.request);
                line.pop_front();
            }
        }
        self.lines.retain(|_, line| !line.is_empty());
        for new in &rows.held_back {
            let (hospital, request) = (new.hospital, new.request);
            self.add(Held { place: self.next, hospital, request });
        }
    }
}

/// The way of one command after the other.
struct Sorting<'h> {
    held: &'h HeldBack,
    /// Places that are known, of those that the batch decides.
    places: HashSet<u64>,
    /// Of each hospital: how many of those that are held back the batch does not decide, the new ones included.
    waiting: HashMap<HospitalId, usize>,
    admitted: HashMap<HospitalId, usize>,
    /// New ones of this batch, decided or held back.
    decided: HashSet<RequestId>,
    newly_held: HashSet<RequestId>,
}

impl<'h> Sorting<'h> {
    fn of(held: &'h HeldBack, items: &[Item<'_>]) -> Self {
        let wanted: HashSet<u64> = items.iter().filter_map(|item| item.held).collect();
        let (mut places, mut waiting, mut admitted) =
            (HashSet::new(), HashMap::new(), HashMap::new());
        for (hospital, line) in &held.lines {
            // They are picked from the front.
            let picked = line.iter().map(|held| held.place);
            let of_batch = picked.take_while(|place| wanted.contains(place));
            let before = places.len();
            places.extend(of_batch);
            let decided = places.len() - before;
            waiting.insert(*hospital, line.len() - decided);
            admitted.insert(*hospital, decided);
        }
        let (decided, newly_held) = (HashSet::new(), HashSet::new());
        Self { held, places, waiting, admitted, decided, newly_held }
    }

    fn way(
        &mut self,
        item: &Item<'_>,
        is_open: &impl Fn(&RequestId) -> bool,
        admits: &impl Fn(HospitalId) -> Option<usize>,
    ) -> Way {
        if let Some(place) = item.held {
            return if self.places.contains(&place) { Way::Decide } else { Way::Settled };
        }
        let Ok(command) = &item.frame.command else { return Way::Decide };
        let (request, hospital) = (command.request_id, command.hospital_id);
        if self.held.requests.contains(&request) || self.newly_held.contains(&request) {
            return Way::Absorb;
        }
        let of_the_desk = command.kind.queue() == QueueKind::Desk;
        let by_an_operator = command.sender.role == Role::Operator;
        let repeated = self.decided.contains(&request) || !(is_open(&request) || command.replay);
        if repeated || of_the_desk || by_an_operator || item.settled.is_some() {
            return Way::Decide;
        }
        let waiting = self.waiting.entry(hospital).or_default();
        let admitted = self.admitted.entry(hospital).or_default();
        if *waiting == 0 && admits(hospital).is_none_or(|most| *admitted < most) {
            *admitted += 1;
            self.decided.insert(request);
            return Way::Decide;
        }
        *waiting += 1;
        self.newly_held.insert(request);
        Way::Hold
    }
}

#[cfg(test)]
mod tests;
