//! Markers in Redis: that a request was handed over, before it is. They tell a retry from a first try and let
//! an undecided request be shown. They decide nothing: a lost one costs a look into the database or a
//! question to the worker. `markers:since` says from when on Redis holds them, so a Redis that
//! was emptied is not taken for one that never heard of a request.

use chrono::NaiveDate;
use chrono_tz::Tz;
use domain::booking::Visit;
use domain::command::{BodyHash, Command, Kind};
use domain::doctor_day::CachedDay;
use domain::ids::{AccountId, BookingId, DoctorId, HospitalId, RequestId};
use domain::partition::PartitionId;
use domain::time::{self, Timestamp};
use platform::kv::Kv;
use redis::AsyncCommands;
use std::str::FromStr;
use std::time::Duration;

use crate::gather::{Ask, Gatherer};

/// How long a marker stays.
pub(crate) const TIME_TO_LIVE: Duration = Duration::from_hours(24);

/// What is remembered of a request that was handed over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Marker {
    pub body_hash: BodyHash,
    pub partition: PartitionId,
    pub accepted_at: Timestamp,
    pub account: AccountId,
    pub kind: String,
    pub doctor: DoctorId,
    pub hospital: HospitalId,
    pub zone: Tz,
    pub booking: Option<BookingId>,
    /// The partition's event after which its turn comes.
    pub due: u64,
}

/// What Redis says of a request.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub marker: Option<Marker>,
    /// From when on Redis holds markers; `None`: it did not answer.
    pub since: Option<Timestamp>,
    pub day: Option<CachedDay>,
}

/// Whether a marker was set.
#[derive(Debug)]
pub(crate) enum Marked {
    Now,
    /// The request was handed over before.
    Before(Marker),
    /// Redis is away; it goes on without.
    Unknown,
}

/// The markers.
pub(crate) struct Markers {
    kv: Kv,
    gatherer: Gatherer,
}

impl Markers {
    /// With the task that asks Redis, to be spawned.
    pub fn new(kv: Kv) -> (Self, impl Future<Output = ()>) {
        let (gatherer, asking) = Gatherer::new(kv.clone());
        (Self { kv, gatherer }, asking)
    }

    fn key(&self, request: RequestId) -> String {
        self.kv.key(format_args!("req:{request}"))
    }

    /// The marker of a request and, if asked for, a doctor's day.
    pub async fn look(
        &self,
        request: RequestId,
        day: Option<(PartitionId, DoctorId, NaiveDate)>,
        now: Timestamp,
    ) -> Seen {
        let day = day.map(|(partition, doctor, day)| {
            CachedDay::key(self.kv.prefix(), partition, doctor, day)
        });
        let keys = std::iter::once(self.key(request)).chain(day).collect();
        let Some(answer) = self.gatherer.ask(Ask::Read(keys), now).await else {
            return Seen::default();
        };
        let mut values = answer.values.iter().map(Option::as_deref);
        let marker = values.next().flatten().and_then(|text| text.parse().ok());
        let day = values.next().flatten().and_then(CachedDay::decode);
        Seen { marker, since: Some(answer.since), day }
    }

    /// Sets the marker unless there is one.
    pub async fn mark(&self, request: RequestId, marker: &Marker, now: Timestamp) -> Marked {
        let claim = Ask::Claim {
            key: self.key(request),
            value: marker.to_string(),
            seconds: TIME_TO_LIVE.as_secs(),
        };
        let Some(answer) = self.gatherer.ask(claim, now).await else { return Marked::Unknown };
        let before = answer.values.into_iter().flatten().next();
        before.and_then(|text| text.parse().ok()).map_or(Marked::Now, Marked::Before)
    }

    /// Takes a marker back whose request was surely not handed over.
    pub async fn unmark(&self, request: RequestId) {
        if let Ok(mut connection) = self.kv.connection().await {
            let _ = self.kv.heed(connection.del::<_, u64>(self.key(request)).await);
        }
    }
}

impl Marker {
    /// Of a command that is about to be handed over; `None` for what no client sends.
    pub fn of(command: &Command, partition: PartitionId, zone: Tz, due: u64) -> Option<Self> {
        Some(Self {
            body_hash: command.body_hash,
            partition,
            accepted_at: command.accepted_at,
            account: command.account_id,
            kind: command.kind.name().to_owned(),
            doctor: command.kind.doctor_id()?,
            hospital: command.hospital_id,
            zone,
            booking: command.kind.booking_id(),
            due,
        })
    }

    /// The command, as far as an undecided Request shows it.
    pub fn outline(&self, request_id: RequestId) -> Command {
        let (doctor_id, starts_at) = (self.doctor, self.accepted_at);
        let kind = match (self.kind.as_str(), self.booking) {
            ("cancel", Some(booking_id)) => Kind::Cancel { booking_id, doctor_id },
            ("reschedule", Some(booking_id)) => {
                Kind::Reschedule { booking_id, doctor_id, starts_at }
            }
            _ => Kind::Book {
                doctor_id,
                starts_at,
                patient_id: None,
                visit: Visit::default(),
                sealed: None,
            },
        };
        Command {
            request_id,
            account_id: self.account,
            actor: self.account,
            hospital_id: self.hospital,
            channel: String::new(),
            accepted_at: self.accepted_at,
            body_hash: self.body_hash,
            replay: false,
            first: false,
            kind,
        }
    }
}

impl std::fmt::Display for Marker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            body_hash,
            partition,
            accepted_at,
            account,
            kind,
            doctor,
            hospital,
            zone,
            booking,
            due,
        } = self;
        write!(
            f,
            "{body_hash} {} {} {account} {kind} {doctor} {hospital} {zone} {due}",
            partition.index(),
            accepted_at.timestamp_millis()
        )?;
        booking.map_or(Ok(()), |booking| write!(f, " {booking}"))
    }
}

/// The text is no marker of this version.
#[derive(Debug)]
pub(crate) struct BadMarker;

impl FromStr for Marker {
    type Err = BadMarker;

    fn from_str(text: &str) -> Result<Self, BadMarker> {
        let mut words = text.split(' ');
        let mut next = || words.next().ok_or(BadMarker);
        Ok(Self {
            body_hash: next()?.try_into().map_err(|_| BadMarker)?,
            partition: PartitionId::new(next()?.parse().map_err(|_| BadMarker)?),
            accepted_at: time::from_millis(next()?.parse().map_err(|_| BadMarker)?),
            account: next()?.parse().map_err(|_| BadMarker)?,
            kind: next()?.to_owned(),
            doctor: next()?.parse().map_err(|_| BadMarker)?,
            hospital: next()?.parse().map_err(|_| BadMarker)?,
            zone: next()?.parse().map_err(|_| BadMarker)?,
            due: next()?.parse().map_err(|_| BadMarker)?,
            booking: words.next().map(str::parse).transpose().map_err(|_| BadMarker)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_wrote() {
        let mut marker = Marker {
            body_hash: BodyHash::of(b"x"),
            partition: PartitionId::new(3),
            accepted_at: time::from_millis(1_800_000_000_123),
            account: AccountId::fresh(),
            kind: "book".to_owned(),
            doctor: DoctorId::fresh(),
            hospital: HospitalId::fresh(),
            zone: chrono_tz::Asia::Seoul,
            booking: None,
            due: 4_321,
        };
        assert_eq!(marker.to_string().parse::<Marker>().unwrap(), marker);
        marker.booking = Some(BookingId::fresh());
        assert_eq!(marker.to_string().parse::<Marker>().unwrap(), marker);
        assert!("".parse::<Marker>().is_err() && "1 2 3".parse::<Marker>().is_err());
    }

    /// Markers outlive a build by a day: the text is kept as it is in Redis.
    #[test]
    fn the_text_is_kept() {
        let texts = [
            "cdc9347a3c04d2f3 3 1800000000123 018f0000-0000-7000-8000-000000000002 book 018f0000-0000-7000-8000-000000000003 \
             018f0000-0000-7000-8000-000000000004 Asia/Seoul 4321",
            "cdc9347a3c04d2f3 3 1800000000123 018f0000-0000-7000-8000-000000000002 cancel 018f0000-0000-7000-8000-000000000003 \
             018f0000-0000-7000-8000-000000000004 Asia/Seoul 4321 018f0000-0000-7000-8000-000000000005",
        ];
        for text in texts {
            assert_eq!(text.parse::<Marker>().unwrap().to_string(), text);
        }
    }
}
