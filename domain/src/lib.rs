//! The words and rules of DocDe, without any input or output. The shared part holds ids, time, schedules, people,
//! commands, outcomes, documents and the wire. Each aggregate has a room of its own (`booking`, `line`, `timetable`, `parking`, `account`): its
//! commands, its facts, its rules. A room uses the shared part and never another room. The joints see all rooms:
//! `command` (the kinds), `facts` (needs and facts), `change`, `outcome` (what is confirmed), `subject`.

pub mod account;
pub mod attendance;
pub mod body_hash;
pub mod booking;
pub mod change;
pub mod closed_time;
pub mod closing;
mod closures;
pub mod code;
pub mod command;
pub mod conservation;
pub mod cursor;
pub mod decision;
pub mod directory;
pub mod email;
pub mod event;
pub mod facts;
pub mod feed;
pub mod hangul;
pub mod hold_limits;
pub mod ids;
pub mod json;
pub mod known;
mod language;
pub mod line;
pub mod notice;
pub mod outcome;
pub mod outside;
pub mod parking;
pub mod partition;
pub mod pauses;
pub mod people;
pub mod problem;
pub mod rejection;
pub mod request;
pub mod rules;
pub mod schedule;
pub mod state;
pub mod subject;
pub mod terms;
pub mod time;
pub mod timer;
pub mod timetable;
pub mod trace;
pub mod unicode;
pub mod vocabulary;
pub mod wire;
