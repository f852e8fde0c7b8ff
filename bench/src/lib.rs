//! Load, measured from outside: a lean generator that drives ingress over HTTP and listens on `WebSockets`, a
//! direct service to compare with, and the opening minute as a demonstration. It never asks the services how
//! they did: clients' own records and the database's rows say that.

pub mod arguments;
pub mod backlog;
pub mod baseline;
pub mod client;
pub mod cost;
pub mod demo;
pub mod drive;
pub mod files;
pub mod guesses;
pub mod http;
pub mod inbox;
pub mod inspection;
pub mod line;
pub mod measure;
pub mod opening;
pub mod overload;
pub mod prepared;
pub mod report;
pub mod report_tables;
pub mod rules;
pub mod run;
pub mod run_plan;
pub mod search;
pub mod slot_picker;
pub mod sockets;
pub mod store;
pub mod system;
pub mod tally;
pub mod targets;
pub mod world;
