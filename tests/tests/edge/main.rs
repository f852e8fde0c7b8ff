//! The edge of the system as clients meet it, byte by byte: at a service itself and through the proxy in front.
//! Whatever is refused is a problem with a code that the client gets to read.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

mod bodies;
mod cors;
mod front_page;
mod proxy;
mod raw;
mod sockets;
