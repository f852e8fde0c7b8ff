//! Handing a command over to the broker: the marker first, so that it can be shown and known again, then the publish
//! with its confirm. It goes to its end even without its handler, because a client that hangs up between the two must
//! not leave a marker of something that was never published.

use domain::code::Code;
use domain::command::Command;
use domain::wire;
use platform::publisher::{Frame, NotPublished};
use std::sync::Arc;

use crate::addressed::Addressed;
use crate::admission::{self, Admission};
use crate::marker::{self, Marker};
use crate::marker_coverage::MarkerCoverage;
use crate::markers::Marked;
use crate::problem::Problem;
use crate::requests_store::{self, Recorded};
use crate::state::App;

/// How it went.
pub(crate) enum Handed {
    /// The broker has it on disk. The document shows it as accepted.
    Over { accepted: String },
    /// The marker showed that it had been handed over, and it has its outcome.
    Recorded(Recorded),
}

/// Where a command's marker stands before it is published.
enum Mark {
    /// `first`: this attempt has set it, so nobody handed the request over before.
    Set {
        marker: Marker,
        first: bool,
    },
    /// Redis did not answer.
    Unset(Marker),
    Recorded(Recorded),
}

/// `again` is the marker of a request that is known to have been handed over before.
pub(crate) async fn hand_over(
    app: Arc<App>,
    addressed: Arc<Addressed>,
    again: Option<Marker>,
) -> Result<Handed, Problem> {
    let (command, queue) = (&addressed.command, addressed.queue());
    let (marker, first, late) = match mark(&app, &addressed, again).await? {
        Mark::Set { marker, first } => (marker, first, false),
        Mark::Unset(marker) => (marker, false, true),
        Mark::Recorded(recorded) => return Ok(Handed::Recorded(recorded)),
    };
    app.partitions.published(queue.partition);
    let text = wire::encode(&Command { first, ..command.clone() });
    let frame = Frame { doctor: command.kind.doctor_id(), text, trace: addressed.trace };
    let published = app.publisher.publish(queue, frame).await;
    if late && !matches!(published, Err(NotPublished::Busy | NotPublished::NotAccepted)) {
        app.markers.mark_late(command.request_id, &marker);
    }
    let Err(why) = published else { return Ok(Handed::Over { accepted: marker.document }) };
    app.partitions.unpublished(queue.partition);
    if first && why != NotPublished::Unknown {
        app.markers.unmark(command.request_id, &marker).await;
    }
    Err(match why {
        NotPublished::Busy => Problem::new(Code::Busy).retry_after(1),
        NotPublished::NotAccepted => Problem::new(Code::NotAccepted).retry_after(1).cause(why),
        NotPublished::Unknown => {
            let problem = Problem::new(Code::AcceptanceUnknown).retry_after(2);
            problem.request(&marker.document).cause(why)
        }
    })
}

/// Sets the marker, or makes the one of an earlier attempt this one's own. What was accepted then is shown from then on,
/// unless that attempt came to nothing.
async fn mark(app: &App, addressed: &Addressed, again: Option<Marker>) -> Result<Mark, Problem> {
    let (command, queue) = (&addressed.command, addressed.queue());
    let fresh = marker::of(addressed, app.partitions.due(queue));
    let earlier = match again {
        Some(earlier) => earlier,
        None => match app.markers.mark(command.request_id, &fresh, command.accepted_at).await {
            Marked::Now => return Ok(Mark::Set { marker: fresh, first: true }),
            Marked::Unknown => return Ok(Mark::Unset(fresh)),
            Marked::Before(earlier) => match admission::again(app, addressed, earlier).await? {
                Admission::Recorded(recorded) => return Ok(Mark::Recorded(recorded)),
                Admission::Again(earlier) => earlier,
                Admission::First => return Ok(Mark::Set { marker: fresh, first: false }),
            },
        },
    };
    let decided = app.partitions.decided_of(queue);
    let overdue = MarkerCoverage::is_overdue(earlier.accepted_at, decided);
    let anew = overdue && !requests_store::is_held(&app.database, command.request_id).await;
    let marker = if anew { fresh } else { Marker { attempt: fresh.attempt, ..earlier } };
    let marker = app.markers.rely(command.request_id, marker, anew).await;
    Ok(Mark::Set { marker, first: false })
}
