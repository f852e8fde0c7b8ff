//! The words and rules of DocDe, without any input or output: ids, time, schedules, a doctor's
//! taken time, commands, outcomes and the one pure function that decides. Everything that two
//! services must agree on (partition of a hospital, request id of a key, frames on the wire,
//! cursors, codes) lives here once, with test vectors where another language may have to follow.

pub mod booking;
pub mod code;
pub mod command;
pub mod conservation;
pub mod cursor;
pub mod decide;
pub mod doctor_day;
pub mod feed;
pub mod ids;
pub mod outcome;
pub mod partition;
pub mod request;
pub mod schedule;
pub mod time;
pub mod wire;
pub mod world;
