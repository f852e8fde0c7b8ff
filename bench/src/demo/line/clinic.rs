//! One clinic's day: a desk for each doctor that calls, undoes and waits, and visitors who book or take a number, come or do not.
//! All of it over HTTP, as people and desks do it.

use chrono::{DurationRound, TimeDelta};
use domain::ids::DoctorId;
use domain::time::{self, Timestamp};
use platform::Failure;
use platform::clock::Clock;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use uuid::Uuid;

use super::plan::{Consultations, SLOT, Visitor, Way};
use super::record::{Expected, Record};
use crate::http::Connection;
use crate::line::calls;
use crate::line::desk::{Desk, Said, id};
use crate::world::Account;

/// How often a desk that finds nobody looks again.
const LOOK_AGAIN: TimeDelta = TimeDelta::seconds(20);
/// How often a step is tried whose ticket has changed meanwhile.
const TRIES: u32 = 5;

/// A clock that runs faster, to sleep by.
#[derive(Clone, Debug)]
pub struct Pace {
    pub clock: Clock,
    pub rate: f64,
}

impl Pace {
    /// Until the clock shows it.
    pub async fn until(&self, at: Timestamp) {
        loop {
            let left = (at - self.clock.now()).to_std().unwrap_or_default();
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.div_f64(self.rate).max(Duration::from_millis(1))).await;
        }
    }

    pub async fn for_(&self, span: TimeDelta) {
        self.until(self.clock.now() + span).await;
    }
}

/// A clinic on its day.
pub struct Clinic {
    pub front: String,
    pub doctors: Vec<DoctorId>,
    pub clerk: Account,
    pub opens: Timestamp,
    pub pace: Pace,
    pub record: Record,
    /// Visitors of each doctor who may still come.
    pub expected: Vec<AtomicUsize>,
}

impl Clinic {
    pub async fn desk(&self, doctor: usize) -> Result<Desk, Failure> {
        Desk::open(&self.front, &self.clerk.token, self.doctors[doctor]).await
    }

    /// A doctor's desk, until everybody was seen who came.
    pub async fn work(
        self: Arc<Self>,
        doctor: usize,
        mut own: Consultations,
    ) -> Result<(), Failure> {
        let mut desk = self.desk(doctor).await?;
        self.pace.until(self.opens).await;
        loop {
            let all_are_here = self.expected[doctor].load(Ordering::SeqCst) == 0;
            match desk.next().await? {
                Said::Confirmed { request, ticket } => {
                    self.receive(&mut desk, doctor, &mut own, request, &ticket).await?;
                }
                Said::Conflict { current, ticket, .. } if current == "called" => {
                    desk.after = ticket;
                }
                Said::Conflict { .. } if all_are_here => return Ok(()),
                Said::Conflict { .. } => {
                    self.record.nobody(doctor, self.pace.clock.now());
                    self.pace.for_(LOOK_AGAIN).await;
                }
            }
        }
    }

    /// Somebody was called: by mistake now and then, and now and then somebody does not hear it.
    async fn receive(
        &self,
        desk: &mut Desk,
        doctor: usize,
        own: &mut Consultations,
        request: Uuid,
        ticket: &Value,
    ) -> Result<(), Failure> {
        let (Some(of), Some(revision)) = (id(&ticket["id"]), ticket["revision"].as_u64()) else {
            return Err(format!("no ticket: {ticket}").into());
        };
        if own.percent(2) {
            desk.undo(of, request).await?.ticket()?;
            self.record.undone();
            return Ok(());
        }
        if own.percent(3) {
            self.pace.for_(TimeDelta::minutes(1)).await;
            desk.step(of, revision, "skip").await?.ticket()?;
            self.record.skipped();
            return Ok(());
        }
        self.record.called(doctor, of, ticket, self.pace.clock.now());
        let takes = own.draw();
        self.pace.for_(takes).await;
        self.step(desk, of, revision, "done").await?;
        self.record.seen(doctor, takes);
        Ok(())
    }

    /// A visitor's part, to the moment of being there or of not coming.
    pub async fn visit(self: Arc<Self>, visitor: Visitor, account: Account) -> Result<(), Failure> {
        let booking = match visitor.way {
            Way::Booked(slot) => Some(self.book(visitor.doctor, slot, &account).await?),
            _ => None,
        };
        self.pace.until(self.opens + visitor.takes).await;
        if booking.is_some() && visitor.travels.is_none() {
            self.record.stayed_away();
            self.expected[visitor.doctor].fetch_sub(1, Ordering::SeqCst);
            return Ok(());
        }
        let mut desk = self.desk(visitor.doctor).await?;
        let ticket = match visitor.way {
            Way::Booked(_) => desk.arrive(booking.unwrap_or_default()).await?.ticket()?,
            Way::App => self.take(visitor.doctor, &account).await?,
            Way::Desk => desk.add("desk").await?.ticket()?,
            Way::Phone => desk.add("phone").await?.ticket()?,
        };
        let of = id(&ticket["id"]).ok_or("a ticket without an id")?;
        let mut revision = ticket["revision"].as_u64().unwrap_or(1);
        if let Some(travels) = visitor.travels {
            self.pace.for_(travels).await;
            if !matches!(visitor.way, Way::Desk | Way::Booked(_)) {
                revision = self.step(&mut desk, of, revision, "arrive").await?;
            }
            if visitor.urgent {
                self.step(&mut desk, of, revision, "urgent").await?;
            }
            self.record.arrived(of, self.pace.clock.now());
        }
        self.record.taken(visitor.urgent, booking.is_some());
        self.expected[visitor.doctor].fetch_sub(1, Ordering::SeqCst);
        Ok(())
    }

    /// The time so many slots after the opening, booked in the app before that.
    async fn book(&self, doctor: usize, slot: u32, account: &Account) -> Result<Uuid, Failure> {
        let mut connection = Connection::open(&self.front).await?;
        // The schedule begins with a minute.
        let opens = self.opens.duration_trunc(TimeDelta::minutes(1))?;
        let starts_at = time::show(opens + time::minutes(slot * SLOT), chrono_tz::UTC);
        let doctor = self.doctors[doctor];
        let body = json!({"doctor_id": doctor, "starts_at": starts_at, "visit": "return"});
        let key = format!("booking-{}", Uuid::now_v7().simple());
        let path = "/v1/bookings";
        let post = calls::post(&self.front, &account.token, path, &key, &body.to_string());
        let answer = connection.exchange(&post).await?;
        let document: Value = serde_json::from_str(answer.body)?;
        let booking = id(&document["outcome"]["booking"]["id"]);
        booking.ok_or_else(|| format!("no booking: {}", answer.body).into())
    }

    /// A number in the app, and what the app says of the wait.
    async fn take(&self, doctor: usize, account: &Account) -> Result<Value, Failure> {
        let mut connection = Connection::open(&self.front).await?;
        let body = json!({"doctor_id": self.doctors[doctor]}).to_string();
        let key = format!("visit-{}", Uuid::now_v7().simple());
        let post = calls::post(&self.front, &account.token, "/v1/receptions", &key, &body);
        let answer = connection.exchange(&post).await?;
        let mut document: Value = serde_json::from_str(answer.body)?;
        let ticket = document["outcome"]["ticket"].take();
        let of = id(&ticket["id"]).ok_or_else(|| format!("no number: {}", answer.body))?;
        let get = calls::get(&self.front, &account.token, &format!("/v1/receptions/{of}"));
        let shown: Value = serde_json::from_str(connection.exchange(&get).await?.body)?;
        let place = &shown["place"];
        let seconds = |name: &str| place["estimate"][name].as_i64().map(TimeDelta::seconds);
        let expected = seconds("p50_s").zip(seconds("p90_s")).map(|(p50, p90)| {
            let as_of = place["as_of"].as_str().and_then(|at| time::parse(at).ok());
            let as_of = as_of.unwrap_or_else(|| self.pace.clock.now());
            Expected { as_of, p50, p90, ahead: place["ahead"].as_u64().unwrap_or(0) }
        });
        self.record.asked(doctor, of, expected);
        Ok(ticket)
    }

    /// A step that others may come in the way of: tried again as the ticket is now. One that was held meanwhile is returned
    /// to the line instead. The revision after it.
    async fn step(
        &self,
        desk: &mut Desk,
        ticket: Uuid,
        mut revision: u64,
        step: &str,
    ) -> Result<u64, Failure> {
        let mut name = step;
        for _ in 0..TRIES {
            match desk.step(ticket, revision, name).await? {
                Said::Confirmed { ticket, .. } => {
                    return Ok(ticket["revision"].as_u64().unwrap_or(revision));
                }
                // Not for want of the revision: who was called meanwhile, or is gone, needs neither.
                Said::Conflict { revision: Some(present), .. }
                    if present == revision && matches!(step, "urgent" | "noshow") =>
                {
                    return Ok(revision);
                }
                Said::Conflict { current, revision: Some(present), .. } => {
                    revision = present;
                    name = if step == "arrive" && current == "waitlist" { "return" } else { step };
                }
                conflict @ Said::Conflict { .. } => {
                    return Err(format!("{step}: {conflict:?}").into());
                }
            }
        }
        Err(format!("{step} of {ticket} was tried {TRIES} times").into())
    }

    /// After the last one: who never came is said to be missed, where the end of the day has not said so. How many.
    pub async fn close(&self) -> Result<usize, Failure> {
        let mut missed = 0;
        for doctor in 0..self.doctors.len() {
            let mut desk = self.desk(doctor).await?;
            for item in desk.list().await? {
                let waits = matches!(item["status"].as_str(), Some("booked" | "waitlist"));
                if let (true, Some(of), Some(revision)) =
                    (waits, id(&item["id"]), item["revision"].as_u64())
                {
                    self.step(&mut desk, of, revision, "noshow").await?;
                }
                let is_over = item["status"] == "cancelled" && item["arrived_at"].is_null();
                missed += usize::from(waits || is_over || item["status"] == "noshow");
            }
        }
        Ok(missed)
    }
}
