//! What is known before the queue. A wish that cannot be fulfilled is refused here, with nothing recorded; a retry never
//! is: whether a request is a retry is settled before anything is refused.

use domain::code::Code;
use domain::rejection::Rejection;
use domain::time::Timestamp;
use platform::metrics;

use crate::addressed::Addressed;
use crate::marker::Marker;
use crate::marker_coverage::MarkerCoverage;
use crate::markers::MarkerLook;
use crate::problem::Problem;
use crate::requests_store::{self, Recorded};
use crate::state::App;

/// How a command goes on.
pub(crate) enum Admission {
    /// It was decided, or parked, before.
    Recorded(Recorded),
    /// It was handed over before, as its marker says, and is published again: never attached to the first copy.
    Again(Marker),
    First,
}

/// Why a command will be refused, as far as can be told from here.
pub(crate) enum Objection {
    /// What it wishes for is held by this very request.
    OwnRequest,
    /// Somebody else has what it wishes for.
    Taken(Rejection),
    Rules(Rejection),
}

/// What a look before the queue told.
pub(crate) struct Look {
    pub objection: Option<Objection>,
    /// What Redis said of the request, where it was asked on the way.
    pub markers: Option<MarkerLook>,
}

/// What a room can say of a command before the queue.
pub(crate) trait Precheck: Sync {
    /// Why the command will surely be refused, if that can be told from here. `None`: the worker alone knows.
    fn look(&self, app: &App, addressed: &Addressed) -> impl Future<Output = Option<Look>> + Send;
}

/// Nothing can be told from here.
impl Precheck for () {
    async fn look(&self, _: &App, _: &Addressed) -> Option<Look> {
        None
    }
}

/// Looks at all that is known.
pub(crate) async fn admit(
    app: &App,
    addressed: &Addressed,
    precheck: &impl Precheck,
) -> Result<Admission, Problem> {
    let Some(Look { objection, markers }) = precheck.look(app, addressed).await else {
        return Ok(Admission::First);
    };
    let now = addressed.command.accepted_at;
    let markers = match (markers, &objection) {
        (Some(markers), _) => markers,
        // The marker is asked for when it is set.
        (None, None) => return Ok(Admission::First),
        (None, Some(_)) => app.markers.look(addressed.command.request_id, now).await,
    };
    let MarkerLook { marker, since, .. } = markers;
    match (marker, objection) {
        (Some(marker), _) => again(app, addressed, marker).await,
        (None, None) => Ok(Admission::First),
        (None, Some(objection)) => object(app, addressed, objection, since).await,
    }
}

/// A request that was handed over before: its outcome if there is one, else it is published again. The row is asked
/// first: a marker lost and set anew by another body must not shut out whose body was first.
pub(crate) async fn again(
    app: &App,
    addressed: &Addressed,
    marker: Marker,
) -> Result<Admission, Problem> {
    // With the database away the worker is asked again; it knows its retries.
    let found = requests_store::find(&app.database, addressed.command.request_id).await;
    match found.ok().flatten() {
        Some(recorded) => Ok(Admission::Recorded(recorded)),
        None if marker.body_hash != addressed.command.body_hash => {
            Err(Problem::new(Code::KeyReused))
        }
        None => Ok(Admission::Again(marker)),
    }
}

/// Refuses, unless this may be a retry of a request that was accepted. A lost marker tells nothing, and what the
/// schedule or the clock forbids now may have been allowed, and granted, when a key older than its marker was new.
/// Nothing was ever granted before the day opened.
async fn object(
    app: &App,
    addressed: &Addressed,
    objection: Objection,
    since: Option<Timestamp>,
) -> Result<Admission, Problem> {
    let (request, now) = (addressed.command.request_id, addressed.command.accepted_at);
    let never_granted = match &objection {
        Objection::OwnRequest => false,
        Objection::Taken(_) => true,
        Objection::Rules(rejection) => rejection.code == Code::NotOpenYet,
    };
    let never_seen = app.marker_coverage.in_absence(since, now);
    if !(never_granted && never_seen) {
        let decided = app.partitions.decided_of(addressed.queue());
        match requests_store::find_soon(&app.database, request).await {
            Ok(None) if !never_seen && MarkerCoverage::may_wait(since, decided) => {
                return Ok(Admission::First);
            }
            Ok(None) => {
                // It may be held back, which the queue tells nothing of.
                if requests_store::is_held(&app.database, request).await {
                    return Ok(Admission::First);
                }
            }
            Ok(Some(recorded)) => return Ok(Admission::Recorded(recorded)),
            Err(_) => return Ok(Admission::First),
        }
    }
    let (rejection, source) = match objection {
        Objection::OwnRequest => return Ok(Admission::First),
        Objection::Taken(rejection) => (rejection, "taken"),
        Objection::Rules(rejection) => (rejection, "rules"),
    };
    metrics::CACHE_REFUSALS.with_label_values(&[source]).inc();
    Err(Problem::refused(&rejection, addressed.zone))
}
