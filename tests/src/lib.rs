//! A small world for each test: its own database, vhost and key prefix on the real RabbitMQ, MariaDB
//! and Redis, the services in the same process on ports of their own, people and doctors made to order.
//! Tests wait for facts, never for time. `./dev test` starts what is needed; without it a test
//! fails and says so.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "only tests use it: a panic is how they fail"
)]

pub mod api;
pub mod chance;
pub mod end;
pub mod front;
pub mod history;
pub mod hospital_list;
pub mod list_damage;
pub mod long;
pub mod mails;
pub mod management;
pub mod people;
pub mod proxy;
pub mod queues;
pub mod socket;
pub mod tls;
pub mod wait;
pub mod world;

pub use api::Answer;
pub use chance::Chance;
pub use front::Front;
pub use mails::Mails;
pub use people::{Doctor, Hours, Patient};
pub use socket::Socket;
pub use wait::until;
pub use world::World;
