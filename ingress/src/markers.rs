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
use redis::FromRedisValue;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// How long a marker stays.
pub(crate) const TIME_TO_LIVE: Duration = Duration::from_hours(24);
/// Longest that an answer may wait for Redis.
const PATIENCE: Duration = Duration::from_millis(500);
/// After a failure Redis is left alone for so long.
const REST: Duration = Duration::from_secs(1);

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
    began: Instant,
    /// Milliseconds after `began` until which Redis is left alone.
    rests_until: AtomicU64,
}

impl Markers {
    pub fn new(kv: Kv) -> Self {
        Self { kv, began: Instant::now(), rests_until: AtomicU64::new(0) }
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn key(&self, request: RequestId) -> String {
        self.kv.key(format_args!("req:{request}"))
    }

    /// The marker of a request and, if asked for, a doctor's day, in one round trip.
    pub async fn look(&self, request: RequestId, day: Option<(PartitionId, DoctorId, NaiveDate)>, now: Timestamp) -> Seen {
        let mut pipe = self.with_since(now);
        pipe.cmd("GET").arg(self.key(request));
        if let Some((partition, doctor, day)) = day {
            pipe.cmd("GET").arg(CachedDay::key(self.kv.prefix(), partition, doctor, day));
        }
        let Some(mut answers) = self.ask::<Vec<Option<String>>>(&pipe).await else { return Seen::default() };
        answers.resize(3, None);
        let since = since_of(answers[0].as_deref(), now);
        let marker = answers[1].as_deref().and_then(|text| text.parse().ok());
        Seen { marker, since: Some(since), day: answers[2].as_deref().and_then(CachedDay::decode) }
    }

    /// Sets the marker unless there is one.
    pub async fn mark(&self, request: RequestId, marker: &Marker, now: Timestamp) -> Marked {
        let mut pipe = self.with_since(now);
        let value = marker.to_string();
        pipe.cmd("SET").arg(self.key(request)).arg(value).arg("NX").arg("GET").arg("EX").arg(TIME_TO_LIVE.as_secs());
        match self.ask::<(Option<String>, Option<String>)>(&pipe).await {
            None => Marked::Unknown,
            Some((_, before)) => before.and_then(|text| text.parse().ok()).map_or(Marked::Now, Marked::Before),
        }
    }

    /// Takes a marker back whose request was surely not handed over.
    pub async fn unmark(&self, request: RequestId) {
        let mut pipe = redis::pipe();
        pipe.cmd("DEL").arg(self.key(request));
        self.ask::<(u64,)>(&pipe).await;
    }

    /// Every question notes since when there are markers, if that is not noted yet.
    fn with_since(&self, now: Timestamp) -> redis::Pipeline {
        let mut pipe = redis::pipe();
        pipe.cmd("SET").arg(self.kv.key("markers:since")).arg(now.timestamp_millis()).arg("NX").arg("GET");
        pipe
    }

    async fn ask<T: FromRedisValue>(&self, pipe: &redis::Pipeline) -> Option<T> {
        if self.millis() < self.rests_until.load(Relaxed) {
            return None;
        }
        let asked = async {
            let mut connection = self.kv.connection().await?;
            pipe.query_async::<T>(&mut connection).await
        };
        match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok(answer)) => return Some(answer),
            Ok(Err(error)) => self.rest(&error.to_string()),
            Err(_) => self.rest("no answer in time"),
        }
        None
    }

    fn rest(&self, error: &str) {
        let now = self.millis();
        let until = now + u64::try_from(REST.as_millis()).unwrap_or(u64::MAX);
        if self.rests_until.swap(until, Relaxed) <= now {
            tracing::warn!(error, "redis is away: going on without it");
        }
    }
}

fn since_of(noted: Option<&str>, now: Timestamp) -> Timestamp {
    noted.and_then(|millis| millis.parse().ok()).map_or(now, time::from_millis)
}

impl Marker {
    /// Of a command that is about to be handed over; `None` for what no client sends.
    pub fn of(command: &Command, partition: PartitionId, zone: Tz) -> Option<Self> {
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
        })
    }

    /// The command, as far as an undecided Request shows it.
    pub fn outline(&self, request_id: RequestId) -> Command {
        let (doctor_id, starts_at) = (self.doctor, self.accepted_at);
        let kind = match (self.kind.as_str(), self.booking) {
            ("cancel", Some(booking_id)) => Kind::Cancel { booking_id, doctor_id },
            ("reschedule", Some(booking_id)) => Kind::Reschedule { booking_id, doctor_id, starts_at },
            _ => Kind::Book { doctor_id, starts_at, patient_id: None, visit: Visit::default(), sealed: None },
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
            kind,
        }
    }
}

impl std::fmt::Display for Marker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { body_hash, partition, accepted_at, account, kind, doctor, hospital, zone, booking } = self;
        write!(f, "{body_hash} {} {} {account} {kind} {doctor} {hospital} {zone}", partition.index(), accepted_at.timestamp_millis())?;
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
        };
        assert_eq!(marker.to_string().parse::<Marker>().unwrap(), marker);
        marker.booking = Some(BookingId::fresh());
        assert_eq!(marker.to_string().parse::<Marker>().unwrap(), marker);
        assert!("".parse::<Marker>().is_err() && "1 2 3".parse::<Marker>().is_err());
    }
}
