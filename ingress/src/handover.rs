//! Handing a command over to the broker: the marker first, so that it can be shown and known again, then the publish
//! with its confirm. It goes to its end even without its handler, because a client that hangs up between the two must
//! not leave a marker of something that was never published.

use domain::code::Code;
use domain::command::Command;
use domain::wire;
use platform::publisher::NotPublished;
use std::sync::Arc;

use crate::addressed::Addressed;
use crate::admission::{self, Admission};
use crate::marker::Marker;
use crate::markers::Marked;
use crate::problem::Problem;
use crate::requests_store::Recorded;
use crate::state::App;

/// How it went.
pub(crate) enum Handed {
    /// The broker has it on disk. The document shows it as accepted.
    Over { accepted: String },
    /// The marker showed that it had been handed over, and it has its outcome.
    Recorded(Recorded),
}

/// `again` when the request is known to have been handed over before.
pub(crate) async fn hand_over(
    app: Arc<App>,
    addressed: Arc<Addressed>,
    again: bool,
) -> Result<Handed, Problem> {
    let (command, partition) = (&addressed.command, addressed.partition);
    let marker = Marker::of(&addressed, app.partitions.due(partition));
    let mut first = false;
    if !again {
        match app.markers.mark(command.request_id, &marker, command.accepted_at).await {
            Marked::Now => first = true,
            Marked::Unknown => {}
            Marked::Before(earlier) => {
                if let Admission::Recorded(recorded) =
                    admission::again(&app, &addressed, &earlier).await?
                {
                    return Ok(Handed::Recorded(recorded));
                }
            }
        }
    }
    app.partitions.published(partition);
    let frame = wire::encode(&Command { first, ..command.clone() });
    let published = app.publisher.publish(partition, command.kind.doctor_id(), frame).await;
    let accepted = marker.document;
    let Err(why) = published else { return Ok(Handed::Over { accepted }) };
    app.partitions.unpublished(partition);
    if first && why != NotPublished::Unknown {
        app.markers.unmark(command.request_id).await;
    }
    Err(match why {
        NotPublished::Busy => Problem::new(Code::Busy).retry_after(1),
        NotPublished::NotAccepted => Problem::new(Code::NotAccepted).retry_after(1).cause(why),
        NotPublished::Unknown => {
            let problem = Problem::new(Code::AcceptanceUnknown).retry_after(2);
            problem.request(&accepted).cause(why)
        }
    })
}
