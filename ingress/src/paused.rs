//! New commands while an operator has their kind paused, or drains the system. They are refused; what was accepted before
//! is decided, and its retries are answered as ever. So whether a command is a retry is settled first.

use domain::rejection::Rejection;

use crate::addressed::Addressed;
use crate::admission::{self, Admission, Precheck};
use crate::marker_coverage::MarkerCoverage;
use crate::problem::Problem;
use crate::requests_store;
use crate::state::App;

/// Looks at what operators have set, and then at all that is known.
pub(crate) async fn admit(
    app: &App,
    addressed: &Addressed,
    precheck: &impl Precheck,
) -> Result<Admission, Problem> {
    match app.levers.refusal(addressed.command.kind.name()) {
        Some(rejection) => refuse(app, addressed, &rejection).await,
        None => admission::admit(app, addressed, precheck).await,
    }
}

/// Refuses the command, unless it was handed over before.
async fn refuse(
    app: &App,
    addressed: &Addressed,
    rejection: &Rejection,
) -> Result<Admission, Problem> {
    let (request, now) = (addressed.command.request_id, addressed.command.accepted_at);
    let look = app.markers.look(request, now).await;
    if let Some(marker) = look.marker {
        return admission::again(app, addressed, marker).await;
    }
    if let Some(recorded) = requests_store::find_soon(&app.database, request).await? {
        return Ok(Admission::Recorded(recorded));
    }
    let never_seen = app.marker_coverage.in_absence(look.since, now);
    let decided = app.partitions.decided_of(addressed.queue());
    if !never_seen && MarkerCoverage::may_wait(look.since, decided) {
        // It may be the retry of one that waits: then "not accepted" would be wrong, and to accept it may be too.
        return Err(Problem::unavailable(
            "paused, and whether it was accepted before is not known",
        ));
    }
    Err(Problem::refused(rejection, addressed.zone))
}
