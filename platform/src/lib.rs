//! What every service stands on: configuration, clock, telemetry, shutdown, long-lived tasks, the broker with its
//! topology and publisher, the database pool, Redis with the partition lock, sign-in tokens, sealed text
//! and the crash points of the fault suite. Imports the domain and nothing of the services.

pub mod address;
pub mod auth;
pub mod booking;
pub mod broker;
pub mod clock;
pub mod closing;
pub mod config;
pub mod crash;
pub mod database;
pub mod directory;
pub mod guard;
pub mod heads_store;
pub mod health;
pub mod kv;
pub mod lever;
pub mod levers;
mod levers_store;
pub mod lifecycle;
pub mod line;
pub mod linger;
pub mod lock;
pub mod management;
pub mod marker;
pub mod metrics;
pub mod origins;
pub mod outcomes;
pub mod partitions;
pub mod publisher;
pub mod random;
pub mod retry;
pub mod rows_store;
pub mod seal;
pub mod search;
pub mod seed;
pub mod service;
pub mod sessions;
mod sessions_store;
pub mod start;
mod task_names;
pub mod tasks;
mod token;
pub mod topology;

/// In every program: a fifth of a worker's time was in the C library's allocator (perf). Its own gain was not measured apart.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// An error that only needs to be shown, with its chain.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
