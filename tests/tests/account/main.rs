//! Accounts on the real MariaDB, Redis and a mail server that keeps what it is sent: signing up and in, tokens and their end on
//! every replica, passwords, mails that survive a crash, guesses by the thousand, families, the end of an account; and who works
//! where: directors, invitations, who goes, and which role may call what.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

mod access_log;
mod agreements;
mod claims;
mod codes;
mod deletion;
mod deletion_queue;
mod desk;
mod family;
mod guesses;
mod invitations;
mod mails;
mod members;
mod merges;
mod month;
mod moves;
mod passwords;
mod phone_patients;
mod profile;
mod roles;
mod sessions;
mod sign_up;
mod stage;
