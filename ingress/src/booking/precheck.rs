//! What is known of a wished slot without asking the worker: the schedule, the clock, and the doctor's day as far as a
//! copy here or the cache in Redis has it.

use domain::booking::open_slot;
use domain::directory::Doctor;
use domain::schedule::{Slot, Visit};
use domain::time::Timestamp;
use platform::booking::availability::CachedDay;
use std::sync::Arc;

use super::days::{DayCopy, SlotState};
use crate::addressed::Addressed;
use crate::admission::{Look, Objection, Precheck};
use crate::state::App;

/// A doctor's time that a command asks for.
pub(crate) struct SlotWish {
    pub doctor: Arc<Doctor>,
    pub starts_at: Timestamp,
    pub visit: Visit,
}

impl Precheck for Option<SlotWish> {
    async fn look(&self, app: &App, addressed: &Addressed) -> Option<Look> {
        match self {
            Some(wish) => Some(wish.look(app, addressed).await),
            None => None,
        }
    }
}

impl SlotWish {
    /// Costs one round trip to Redis at most, and none where the day is known to have room.
    async fn look(&self, app: &App, addressed: &Addressed) -> Look {
        let now = addressed.command.accepted_at;
        let is_staff = addressed.command.sender.role.is_staff();
        match open_slot(&self.doctor, self.starts_at, self.visit, is_staff, now) {
            Err(rejection) => Look { objection: Some(Objection::Rules(rejection)), markers: None },
            Ok(slot) => self.taken(app, addressed, slot).await,
        }
    }

    /// Asks the copy in this process, else the cache. Where neither knows the day there is no objection, and the day is
    /// read in the background.
    async fn taken(&self, app: &App, addressed: &Addressed, slot: Slot) -> Look {
        let (request, now) = (addressed.command.request_id, addressed.command.accepted_at);
        let (partition, doctor) = (addressed.partition, &self.doctor);
        let key = doctor.day_of(slot.starts_at);
        let epoch = app.partitions.epoch(partition);
        let judge = |day: &DayCopy| match day.judge(
            slot,
            doctor.schedule.seats_at(slot.starts_at),
            request,
            now,
        ) {
            SlotState::Free => None,
            SlotState::Own => Some(Objection::OwnRequest),
            SlotState::Taken => Some(Objection::Taken(day.refusal(doctor, slot, self.visit, now))),
        };
        if let Some(objection) = app.days.fresh(key, epoch, judge) {
            return Look { objection, markers: None };
        }
        let cache_key = CachedDay::key(app.markers.prefix(), partition, key.0, key.1);
        let markers = app.markers.look_beside(request, cache_key, now).await;
        let cached = markers.beside.as_deref().and_then(CachedDay::decode);
        let cached = cached.filter(|cached| cached.epoch >= epoch);
        let objection = if let Some(copy) = cached.and_then(|cached| app.days.keep(key, cached)) {
            judge(&copy)
        } else {
            if markers.since.is_some() {
                app.days.warm(partition, doctor, key.1);
            }
            None
        };
        Look { objection, markers: Some(markers) }
    }
}
