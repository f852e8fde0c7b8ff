//! Hospitals, doctors and schedules as directors change them, on the real RabbitMQ, MariaDB and Redis: a schedule that changes
//! from a date on, dates with other hours, public holidays, who leaves and what closes. Each is true for the next booking.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

mod edits;
mod ends;
mod fresh;
mod holidays;
mod schedule;
mod stage;
