//! From the broker to the patient, on the real services: every accepted command is decided once and in order, whatever
//! comes and goes; everybody concerned is told, nobody else; and what goes wrong is seen.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

mod acknowledged;
mod admission;
mod audiences;
mod audit;
mod by_hand;
mod desk;
mod drains;
mod gaps;
mod half_alive;
mod handshake;
mod inbox;
mod ledgers;
mod letters;
mod lever_limits;
mod lever_lines;
mod levers;
mod loads;
mod opening;
mod overload;
mod ownership;
mod poison;
mod privacy;
mod process;
mod rates;
mod redis_gone;
mod resume;
mod rights;
mod schema;
mod spine;
mod statements;
mod tampering;
mod tls;
mod topology;
mod traces;
mod unconfirmed;
mod waiting;
