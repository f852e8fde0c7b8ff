//! Markers as the first version wrote them. They live a day: once that has passed since the update, nothing writes or
//! reads them any more and this file can go. They name a booking's command; its accepted document is made from that.

use domain::booking::{Book, Cancel, Reschedule};
use domain::command::{BodyHash, Command, Kind};
use domain::ids::{AccountId, BookingId, DoctorId, HospitalId, RequestId};
use domain::partition::PartitionId;
use domain::people::Sender;
use domain::schedule::Visit;
use domain::{request, time};
use uuid::Uuid;

use crate::marker::Marker;

/// Reads the marker of `request_id`.
pub(crate) fn read(text: &str, request_id: RequestId) -> Option<Marker> {
    let mut words = text.split(' ');
    let body_hash: BodyHash = words.next()?.try_into().ok()?;
    let queue = PartitionId::new(words.next()?.parse().ok()?).usual();
    let accepted_at = time::from_millis(words.next()?.parse().ok()?);
    let owner: AccountId = words.next()?.parse().ok()?;
    let name = words.next()?;
    let doctor_id: DoctorId = words.next()?.parse().ok()?;
    let hospital_id: HospitalId = words.next()?.parse().ok()?;
    let zone = words.next()?.parse().ok()?;
    let due = words.next()?.parse().ok()?;
    let booking: Option<BookingId> = words.next().map(str::parse).transpose().ok()?;
    // Only what the accepted document shows is in it.
    let (starts_at, patient_id, visit, sealed) = (accepted_at, None, Visit::default(), None);
    let kind: Kind = match (name, booking) {
        ("book", None) => Book { doctor_id, starts_at, patient_id, visit, sealed }.into(),
        ("cancel", Some(booking_id)) => Cancel { booking_id, doctor_id }.into(),
        ("reschedule", Some(booking_id)) => Reschedule { booking_id, doctor_id, starts_at }.into(),
        _ => return None,
    };
    let (sender, replay, first) = (Sender::patient(owner), false, false);
    let command =
        Command { request_id, sender, hospital_id, accepted_at, body_hash, replay, first, kind };
    let document = request::accepted(&command, zone);
    let attempt = Uuid::nil();
    Some(Marker { attempt, body_hash, queue, accepted_at, owner, zone, due, document })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the version before wrote them.
    const BOOK: &str = "cdc9347a3c04d2f3 3 1800000000123 018f0000-0000-7000-8000-000000000002 book \
        018f0000-0000-7000-8000-000000000003 018f0000-0000-7000-8000-000000000004 Asia/Seoul 4321";
    const CANCEL: &str = "cdc9347a3c04d2f3 3 1800000000123 018f0000-0000-7000-8000-000000000002 cancel \
        018f0000-0000-7000-8000-000000000003 018f0000-0000-7000-8000-000000000004 Asia/Seoul 4321 \
        018f0000-0000-7000-8000-000000000005";

    #[test]
    fn a_marker_of_the_version_before_is_no_lost_one() {
        for (text, command) in [(BOOK, "\"command\":\"book\""), (CANCEL, "\"command\":\"cancel\"")]
        {
            let marker = read(text, RequestId::generate()).unwrap();
            assert_eq!((marker.queue.partition.index(), marker.due), (3, 4321));
            assert_eq!(marker.body_hash.to_string(), "cdc9347a3c04d2f3");
            assert!(marker.document.contains(command), "{}", marker.document);
        }
        assert!(read("1 2 3", RequestId::generate()).is_none());
    }
}
