//! What is known before the queue. A wish that cannot be fulfilled is refused here, with nothing recorded;
//! a retry never is: whether a request is a retry is settled before anything is refused.

use domain::booking::Visit;
use domain::code::Code;
use domain::command::Kind;
use domain::decide;
use domain::outcome::Rejection;
use domain::schedule::Slot;
use domain::time;
use domain::world::Doctor;
use platform::metrics;

use crate::commands::Draft;
use crate::days::{DayCopy, Verdict};
use crate::markers::{Marker, Seen};
use crate::problem::Problem;
use crate::state::App;
use crate::store_requests::{self, Recorded};
use crate::trust::Trust;

/// How a command goes on.
pub(crate) enum Admission {
    /// It was decided, or parked, before.
    Recorded(Recorded),
    /// It was handed over before and is published again: never attached to the first copy.
    Again,
    First,
}

/// Why a booking will not be had, as far as can be told from here.
enum Objection {
    /// The time is taken by this very request.
    Ours,
    Taken(Rejection),
    Rules(Rejection),
}

/// Looks at all that is known. Costs one round trip to Redis at most, and none where the day is known to
/// have room.
pub(crate) async fn admit(app: &App, draft: &Draft) -> Result<Admission, Problem> {
    // What becomes of a booking that exists is the worker's to say: it alone knows its present state.
    let (Kind::Book { starts_at, visit, .. }, Some(doctor)) = (&draft.command.kind, &draft.doctor)
    else {
        return Ok(Admission::First);
    };
    let now = draft.command.accepted_at;
    let (objection, seen) = match decide::open_slot(doctor, *starts_at, *visit, now) {
        Err(rejection) => (Some(Objection::Rules(rejection)), None),
        Ok(slot) => taken(app, draft, doctor, slot, *visit).await,
    };
    let seen = match (seen, &objection) {
        (Some(seen), _) => seen,
        // The marker is asked for when it is set.
        (None, None) => return Ok(Admission::First),
        (None, Some(_)) => app.markers.look(draft.command.request_id, None, now).await,
    };
    match (&seen.marker, objection) {
        (Some(marker), _) => again(app, draft, marker).await,
        (None, None) => Ok(Admission::First),
        (None, Some(objection)) => object(app, draft, objection, &seen).await,
    }
}

/// Asks the copy in this process, else the cache; where neither knows the day there is no objection, and the
/// day is warmed.
async fn taken(
    app: &App,
    draft: &Draft,
    doctor: &Doctor,
    slot: Slot,
    visit: Visit,
) -> (Option<Objection>, Option<Seen>) {
    let (request, now) = (draft.command.request_id, draft.command.accepted_at);
    let day = time::day_of(slot.starts_at, doctor.zone());
    let key = (doctor.id, day);
    let epoch = app.partitions.epoch(draft.partition);
    let judge = |day: &DayCopy| match day.judge(slot, doctor.schedule.seats, request) {
        Verdict::Free => None,
        Verdict::Ours => Some(Objection::Ours),
        Verdict::Taken => Some(Objection::Taken(day.refusal(doctor, slot, visit, now))),
    };
    if let Some(objection) = app.days.fresh(key, epoch, judge) {
        return (objection, None);
    }
    let mut seen = app.markers.look(request, Some((draft.partition, doctor.id, day)), now).await;
    let cached = seen.day.take().filter(|cached| cached.epoch >= epoch);
    let objection = if let Some(copy) = cached.and_then(|cached| app.days.keep(key, cached)) {
        judge(&copy)
    } else {
        if seen.since.is_some() {
            app.days.warm(draft.partition, doctor, day);
        }
        None
    };
    (objection, Some(seen))
}

/// A request that was handed over before: its outcome if there is one, else it is published again. The row is
/// asked first: a marker lost and set anew by another body must not shut out whose body was first.
pub(crate) async fn again(app: &App, draft: &Draft, marker: &Marker) -> Result<Admission, Problem> {
    // With the database away the worker is asked again; it knows its retries.
    match store_requests::find(&app.database, draft.command.request_id).await.ok().flatten() {
        Some(recorded) => Ok(Admission::Recorded(recorded)),
        None if marker.body_hash != draft.command.body_hash => Err(Problem::new(Code::KeyReused)),
        None => Ok(Admission::Again),
    }
}

/// Refuses, unless this may be a retry of a request that was accepted. A lost marker tells nothing, and what
/// the schedule or the clock forbids now may have been allowed, and granted, when a key older than
/// its marker was new. Nothing was ever granted before the day opened.
async fn object(
    app: &App,
    draft: &Draft,
    objection: Objection,
    seen: &Seen,
) -> Result<Admission, Problem> {
    let never_granted = match &objection {
        Objection::Ours => false,
        Objection::Taken(_) => true,
        Objection::Rules(rejection) => rejection.code == Code::NotOpenYet,
    };
    let never_seen = app.trust.in_absence(seen.since, draft.command.accepted_at);
    if !(never_granted && never_seen) {
        match store_requests::find_soon(&app.database, draft.command.request_id).await {
            Ok(None)
                if !never_seen
                    && Trust::may_wait(seen.since, app.partitions.decided_of(draft.partition)) =>
            {
                return Ok(Admission::First);
            }
            Ok(None) => {}
            Ok(Some(recorded)) => return Ok(Admission::Recorded(recorded)),
            Err(_) => return Ok(Admission::First),
        }
    }
    let (rejection, source) = match objection {
        Objection::Ours => return Ok(Admission::First),
        Objection::Taken(rejection) => (rejection, "taken"),
        Objection::Rules(rejection) => (rejection, "rules"),
    };
    metrics::CACHE_REFUSALS.with_label_values(&[source]).inc();
    Err(Problem::refused(&rejection, draft.zone))
}
