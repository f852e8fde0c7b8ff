//! Handing a command over to the broker: the marker first, so that it can be shown and known again, then the
//! publish with its confirm. It goes to its end even without its handler, because a client that hangs up between
//! the two must not leave a marker of something that was never published.

use domain::code::Code;
use domain::command::Command;
use domain::{request, wire};
use platform::publisher::NotPublished;
use std::sync::Arc;

use crate::admission::{self, Admission};
use crate::commands::Draft;
use crate::markers::{Marked, Marker};
use crate::problem::Problem;
use crate::state::App;
use crate::store_requests::Recorded;

/// How it went.
pub(crate) enum Handed {
    /// The broker has it on disk.
    Over,
    /// The marker showed that it had been handed over, and it has its outcome.
    Recorded(Recorded),
}

/// `again` when the request is known to have been handed over before.
pub(crate) async fn hand_over(
    app: Arc<App>,
    draft: Arc<Draft>,
    again: bool,
) -> Result<Handed, Problem> {
    let mut first = false;
    if !again
        && let Some(marker) = Marker::of(
            &draft.command,
            draft.partition,
            draft.zone,
            app.partitions.due(draft.partition),
        )
    {
        match app.markers.mark(draft.command.request_id, &marker, draft.command.accepted_at).await {
            Marked::Now => first = true,
            Marked::Unknown => {}
            Marked::Before(earlier) => {
                if let Admission::Recorded(recorded) =
                    admission::again(&app, &draft, &earlier).await?
                {
                    return Ok(Handed::Recorded(recorded));
                }
            }
        }
    }
    app.partitions.published(draft.partition);
    let frame = wire::encode(&Command { first, ..draft.command.clone() });
    let Err(why) =
        app.publisher.publish(draft.partition, draft.command.kind.doctor_id(), frame).await
    else {
        return Ok(Handed::Over);
    };
    app.partitions.unpublished(draft.partition);
    if first && why != NotPublished::Unknown {
        app.markers.unmark(draft.command.request_id).await;
    }
    Err(match why {
        NotPublished::Busy => Problem::new(Code::Busy).retry_after(1),
        NotPublished::NotAccepted => Problem::new(Code::NotAccepted).retry_after(1).cause(why),
        NotPublished::Unknown => {
            let document = request::accepted(&draft.command, None, draft.zone);
            Problem::new(Code::AcceptanceUnknown).retry_after(2).request(&document).cause(why)
        }
    })
}
