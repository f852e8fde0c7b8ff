//! The import of the list of hospitals: whatever a file is like, each of its rows is accounted for, no error of the database
//! is shown, and an import that was stopped has written nothing. On the real MariaDB, by the `docde` that operators use.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

mod ends;
mod fuzz;
mod limits;
mod seen;
mod stage;
