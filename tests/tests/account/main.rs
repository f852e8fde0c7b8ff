//! Accounts on the real MariaDB, Redis and a mail server that keeps what it is sent: signing up and in, tokens and their end on
//! every replica, passwords, mails that survive a crash, guesses by the thousand.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

mod agreements;
mod codes;
mod deletion;
mod deletion_queue;
mod family;
mod guesses;
mod mails;
mod moves;
mod passwords;
mod profile;
mod sessions;
mod sign_up;
mod stage;
