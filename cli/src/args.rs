//! The command line: every command with its options and their defaults.

use chrono::NaiveTime;
use chrono_tz::Tz;
use clap::{Parser, Subcommand, ValueEnum};
use domain::schedule::Release;
use std::path::PathBuf;
use uuid::Uuid;

/// Most partitions: their names have two digits.
const MAX_PARTITIONS: i64 = 100;

/// `DocDe` for operators. Settings come from the environment: `DATABASE_URL`, `AMQP_URL`, `RABBITMQ_UI_URL`,
/// `SEARCH_URL`, `DOCDE_JWT_SIGNING_KEY`, `DOCDE_CLOCK`.
#[derive(Parser, Debug)]
#[command(name = "docde", version, about)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Make the database if it is missing and bring it to this version
    Migrate {
        /// Broker partitions; stored at the first time (then 8 if not said), refused if it differs later
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..=MAX_PARTITIONS))]
        partitions: Option<u16>,
    },
    /// Make the demonstration: 12 hospitals, 41 doctors, patients and staff; again: changes nothing
    Seed {
        /// Days from today that the schedules cover
        #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(u16).range(1..=366))]
        days: u16,
    },
    /// Print sign-in tokens, one JSON line each
    Token(Token),
    /// Make the account of an e-mail address an operator of the platform
    Operator(Operator),
    /// Import public lists
    #[command(subcommand)]
    Import(Import),
    /// Public holidays, on which doctors are not there unless their schedules say so
    #[command(subcommand)]
    Holidays(Holidays),
    /// Demonstration doctors
    #[command(subcommand)]
    Doctors(Doctors),
    /// Commands that were parked because they could not be decided
    #[command(subcommand)]
    DeadLetters(DeadLetters),
    /// What can be changed while the services run: shows every lever, with who set it when and why
    Levers {
        #[command(subcommand)]
        what: Option<Levers>,
    },
    /// The search index
    #[command(subcommand)]
    Index(Index),
    /// Recount what must always hold; exit code 1 when something does not
    Audit {
        /// One JSON object instead of tables
        #[arg(long)]
        json: bool,
    },
    /// Print the broker's exchanges, queues and bindings as JSON
    Topology {
        #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=MAX_PARTITIONS))]
        partitions: u16,
    },
    /// Book a free time of a demonstration doctor and show the outcome as it comes over the socket
    FirstBooking {
        /// Origin of the API
        #[arg(long, env = "DOCDE_URL")]
        url: String,
        /// The notifier's socket
        #[arg(long, env = "DOCDE_WS_URL")]
        ws: String,
    },
}

#[derive(clap::Args, Debug)]
pub struct Token {
    /// How many demonstration patients, made if need be
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub patients: u32,
    /// Number of the first one
    #[arg(long, default_value_t = 0)]
    pub offset: u32,
    /// An existing account instead
    #[arg(long, conflicts_with_all = ["patients", "offset"])]
    pub account: Option<Uuid>,
    /// A new account that works at a hospital in this role, instead
    #[arg(long, value_enum, requires = "hospital", conflicts_with_all = ["patients", "offset", "account"])]
    pub role: Option<StaffRole>,
    /// Where it works
    #[arg(long, requires = "role")]
    pub hospital: Option<Uuid>,
    /// How long the tokens are valid
    #[arg(long, default_value_t = 86_400, value_parser = clap::value_parser!(i64).range(1..=31_536_000))]
    pub seconds: i64,
}

#[derive(clap::Args, Debug)]
pub struct Operator {
    /// The account's e-mail address
    pub email: String,
    /// It is none from now on
    #[arg(long)]
    pub remove: bool,
    /// Who changes it, if not the name in `USER`
    #[arg(long, env = "DOCDE_OPERATOR")]
    pub by: Option<String>,
}

/// What staff are at a hospital.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum StaffRole {
    Receptionist,
    Doctor,
    Director,
}

#[derive(Subcommand, Debug)]
pub enum Import {
    /// HIRA's list of medical institutions: CSV with commas, tabs or semicolons, plain or gzip, UTF-8, UTF-16 or CP949,
    /// columns by name. Exit code 0: read to its end; 1: not whole; 130, 143: stopped, nothing written
    Hospitals {
        file: PathBuf,
        /// A second file with further columns of the same ids
        #[arg(long)]
        details: Option<PathBuf>,
    },
}

#[derive(Subcommand, Debug)]
pub enum Holidays {
    /// Import a CSV file with the columns date, `name_ko` and perhaps `name_en`, substitute holidays among them. Between its first and
    /// its last date it replaces what is there; a file with a fault changes nothing
    Import {
        file: PathBuf,
        /// The zone whose hospitals keep these holidays
        #[arg(long, default_value = "Asia/Seoul")]
        zone: Tz,
    },
}

#[derive(Subcommand, Debug)]
pub enum Doctors {
    /// Give demonstration doctors to imported hospitals; prints a JSON line {`doctor_id`, `hospital_id`} for each
    Make(MakeDoctors),
}

#[derive(clap::Args, Debug, Clone)]
pub struct MakeDoctors {
    /// The first so many imported hospitals
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub hospitals: u32,
    /// Doctors in all, dealt out evenly
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=200_000))]
    pub doctors: u32,
    /// Minutes between two starts, and of a visit
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u16).range(5..=480))]
    pub step: u16,
    /// When a day opens: local time, days before it
    #[arg(long, value_name = "HH:MM,DAYS", value_parser = release)]
    pub release: Option<Release>,
    /// Days from today that the schedules cover
    #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(u16).range(1..=3660))]
    pub days: u16,
    /// Patients at the same time
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=50))]
    pub seats: u8,
    /// Long hours on all seven days, instead of weekdays and Saturday morning
    #[arg(long)]
    pub every_day: bool,
}

#[derive(Subcommand, Debug)]
pub enum Index {
    /// Make it anew beside the one that is searched, and search the new one once it has everything; searches and bookings go on
    Rebuild {
        /// Seconds to wait for it; it goes on without being waited for
        #[arg(long, default_value_t = 3_600)]
        wait: u64,
    },
    /// Compare it with the database; exit code 1 when it differs
    Verify {
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand, Debug)]
pub enum DeadLetters {
    /// List them, oldest first
    List {
        #[arg(long, value_enum, default_value_t = LetterState::Open)]
        state: LetterState,
    },
    /// Show one with its frame
    Show { id: Uuid },
    /// Send again, to be decided at the tail of its partition
    Replay {
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        id: Option<Uuid>,
        /// Every open one
        #[arg(long)]
        all: bool,
    },
    /// Close for good: the request is rejected as DISCARDED and its sender told
    Discard {
        id: Uuid,
        #[arg(long)]
        reason: String,
    },
}

#[derive(Subcommand, Debug)]
pub enum Levers {
    /// Set one: drain on, batch N, transactions N, publish-in-flight N, publish-window N, pause.KIND on, pause.pNN on,
    /// admission.HOSPITAL N
    Set(LeverSet),
    /// Take its value away: what is configured holds again
    Clear {
        name: String,
        #[command(flatten)]
        who: WhoAndWhy,
    },
    /// All changes, oldest first
    History {
        /// Of this lever alone
        name: Option<String>,
    },
}

#[derive(clap::Args, Debug)]
pub struct LeverSet {
    pub name: String,
    pub value: String,
    /// When it ends by itself: RFC 3339 with an offset
    #[arg(long)]
    pub until: Option<String>,
    #[command(flatten)]
    pub who: WhoAndWhy,
}

#[derive(clap::Args, Debug)]
pub struct WhoAndWhy {
    /// Kept with the change
    #[arg(long)]
    pub reason: String,
    /// Who changes it, if not the name in `USER`
    #[arg(long, env = "DOCDE_OPERATOR")]
    pub by: Option<String>,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum LetterState {
    Open,
    Replayed,
    Discarded,
    All,
}

fn release(text: &str) -> Result<Release, String> {
    let wrong = || "expected HH:MM,DAYS such as 08:00,14".to_owned();
    let (at, days) = text.split_once(',').ok_or_else(wrong)?;
    let at = NaiveTime::parse_from_str(at.trim(), "%H:%M").map_err(|_| wrong())?;
    let days = days.trim().parse::<u16>().map_err(|_| wrong())?;
    Ok(Release { days: days.into(), at })
}

#[cfg(test)]
mod tests;
