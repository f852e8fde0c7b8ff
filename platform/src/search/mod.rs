//! The search engine, for whoever writes the index (indexer, `docde index`) and who asks it (ingress). One set of mappings
//! and queries serves Elasticsearch 8 and 9 and `OpenSearch` 2 and 3; what differs is found out in [`server`] alone. The
//! index is a copy: everything in it can be made again from the database, and without an engine bookings go on.

mod about;
mod bulk;
mod client;
mod document;
mod document_fields;
mod facts;
pub mod facts_store;
mod free_slots;
mod holidays;
mod hours;
mod indexes;
pub mod revision_store;
mod schema;
mod server;

pub use about::Server;
pub use bulk::{Operation, Written};
pub use client::{Client, SearchConfig, SearchError};
pub use document::{Document, document, version};
pub use facts::{DoctorFacts, HospitalFacts};
pub use free_slots::{DAYS, FreeSlots, free_slots};
pub use holidays::is_shut;
pub use hours::{Known, OpeningHours};
pub use indexes::{Index, Kept};
