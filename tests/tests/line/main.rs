//! Tickets in a doctor's line of the day on the real RabbitMQ, MariaDB and Redis, from the HTTP request to the rows:
//! numbers without gaps whatever happens (P5), the one live ticket, the hours of reception, whose ticket it is, and what the desk does.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

mod any;
mod arrivals;
mod board;
mod crowd;
mod day;
mod desk;
mod due;
mod estimate;
mod for_patient;
mod full;
mod hours;
mod no_shows;
mod opened;
mod oracle;
mod patient_arrives;
mod places;
mod postpone;
mod rights;
mod rule;
mod soon;
mod stage;
mod tickets;
mod views;
