//! The command line.

use clap::{Parser, Subcommand, ValueEnum};

use crate::baseline::Variant;
use crate::opening::Crowd;
use crate::search::arguments::{SearchArguments, SearchQualityArguments};
use crate::world::Size;

/// Measures `DocDe` from outside. `./dev bench` and `./dev demo` set what it needs in the environment.
#[derive(Clone, Debug, Parser)]
#[command(name = "docde-bench")]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Loads against the system and against the best direct service.
    Run(RunArguments),
    /// More than the system can take, with retries; then everything accepted must be decided.
    Overload(OverloadArguments),
    /// Thousands accepted while no worker runs; then workers killed with the backlog prefetched.
    Backlog(BacklogArguments),
    /// Bookings alone and beside an attack on sign-in.
    Guesses(GuessesArguments),
    /// The opening minute: patients race for the slots of a day at its release.
    Demo(DemoArguments),
    /// A simulated day of a clinic's lines, for a clock that runs faster.
    DemoLine(DemoLineArguments),
    /// Search against the best SQL answer to the same questions.
    Search(SearchArguments),
    /// How good search's answers are, on queries whose right answers a rule names.
    #[command(alias = "search_quality")]
    SearchQuality(SearchQualityArguments),
    /// The direct service itself (started by `run`).
    Baseline {
        #[arg(long, value_enum)]
        variant: Variant,
        #[arg(long)]
        pool: u32,
    },
}

/// A load's name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Load {
    /// Every doctor alike.
    #[value(name = "uniform")]
    Uniform,
    /// Doctors by Zipf's law.
    #[value(name = "skewed")]
    Skewed,
    /// Only times that are taken.
    #[value(name = "sold_out", alias = "sold-out")]
    SoldOut,
    /// Many patients at once, each with one request.
    #[value(name = "opening")]
    Opening,
    /// Numbers in the lines of all doctors; named alone, those of five doctors as well.
    #[value(name = "line")]
    Line,
    /// Numbers in the lines of five doctors.
    #[value(name = "line_five", alias = "line-five")]
    LineFive,
    /// Thousands of sockets on one notifier while lines move.
    #[value(name = "line_sockets", alias = "line-sockets")]
    LineSockets,
}

impl Load {
    /// Where none is named.
    pub const USUAL: [Self; 4] = [Self::Uniform, Self::Skewed, Self::SoldOut, Self::Opening];

    pub fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Skewed => "skewed",
            Self::SoldOut => "sold_out",
            Self::Opening => "opening",
            Self::Line => "line",
            Self::LineFive => "line_five",
            Self::LineSockets => "line_sockets",
        }
    }

    /// It is about numbers in lines, and has a world of its own.
    pub fn is_of_line(self) -> bool {
        matches!(self, Self::Line | Self::LineFive | Self::LineSockets)
    }
}

/// Which of the two is measured; a ratio needs both, in the same run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Side {
    Both,
    Docde,
    Baseline,
}

#[derive(Clone, Debug, clap::Args)]
pub struct RunArguments {
    /// Uniform, skewed, sold out and opening when none is named.
    #[arg(value_enum)]
    pub load: Vec<Load>,
    /// Of each run.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub seconds: u64,
    /// Write the figures there.
    #[arg(long)]
    pub json: Option<String>,
    /// Then uniform load for every number of workers and every batch size, restarting the system.
    #[arg(long)]
    pub matrix: bool,
    #[arg(long, value_delimiter = ',', default_value = "1,2,4")]
    pub workers_list: Vec<u32>,
    #[arg(long, value_delimiter = ',', default_value = "1,100")]
    pub batches: Vec<u32>,
    /// The baseline's sweep: ways of making it safe.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Variant::ALL)]
    pub variants: Vec<Variant>,
    /// The baseline's sweep: connections to the database.
    #[arg(long, value_delimiter = ',', default_value = "8,16,32,64")]
    pub pools: Vec<u32>,
    /// The baseline's sweep: clients.
    #[arg(long, value_delimiter = ',', default_value = "64,256")]
    pub clients: Vec<usize>,
    /// What to measure.
    #[arg(long, value_enum, default_value_t = Side::Both)]
    pub side: Side,
    /// Doctors of the world, five a hospital.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(5..=20_000))]
    pub doctors: u32,
    /// The opening: requests, each of another patient.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=200_000))]
    pub requests: u32,
    /// The opening: HTTP connections and sockets together.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(2..=20_000))]
    pub connections: u32,
    /// Sockets that wait on one notifier.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    pub sockets: u32,
    /// The lines in which they wait.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=2_000))]
    pub lines: u32,
}

impl RunArguments {
    pub fn loads(&self) -> Vec<Load> {
        match self.load.as_slice() {
            [] => Load::USUAL.to_vec(),
            [Load::Line] => vec![Load::Line, Load::LineFive],
            named => named.to_vec(),
        }
    }

    /// Who comes to the opening.
    pub fn crowd(&self) -> Crowd {
        Crowd { requests: whole(self.requests), connections: whole(self.connections) }
    }

    /// The world that the loads need. The opening brings its own patients.
    pub fn size(&self) -> Size {
        let doctors = whole(self.doctors);
        let size = Size { hospitals: doctors / 5, doctors, ..Size::BENCH };
        let brings_its_own = |load: &Load| *load == Load::Opening || load.is_of_line();
        let small = self.loads().iter().all(brings_its_own) && !self.matrix;
        if small { Size { family: 16, ..size } } else { size }
    }
}

fn whole(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[derive(Clone, Debug, clap::Args)]
pub struct OverloadArguments {
    #[arg(long, default_value_t = 90)]
    pub seconds: u64,
    /// Requests a second; 1.5 times a measured maximum when not given.
    #[arg(long)]
    pub rate: Option<f64>,
    /// The share of requests that are sent again under the same key.
    #[arg(long, default_value_t = 0.2)]
    pub repeats: f64,
}

#[derive(Clone, Debug, clap::Args)]
pub struct BacklogArguments {
    #[arg(long, default_value_t = 3_000)]
    pub requests: usize,
    /// Kill workers with -9 while they hold the backlog, twice.
    #[arg(long)]
    pub kill: bool,
}

#[derive(Clone, Debug, clap::Args)]
pub struct GuessesArguments {
    /// Bookings a second.
    #[arg(long, default_value_t = 100.0)]
    pub rate: f64,
    /// Guesses a second while the attack lasts.
    #[arg(long, default_value_t = 250.0)]
    pub guesses: f64,
    /// Of a turn.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub seconds: u64,
    /// Turns of each side.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=20))]
    pub rounds: u32,
}

#[derive(Clone, Debug, clap::Args)]
pub struct DemoArguments {
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(10..=20_000))]
    pub patients: u64,
    /// Over which patients arrive, from the release on; most come in the first.
    #[arg(long, default_value_t = 10)]
    pub seconds: u64,
    /// Chooses who does what.
    #[arg(long, default_value_t = 20_261_123)]
    pub seed: u64,
}

#[derive(Clone, Debug, clap::Args)]
pub struct DemoLineArguments {
    /// Days that are simulated side by side, each at a clinic of its own with the next seed.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=50))]
    pub days: u64,
    /// Doctors of a clinic.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=20))]
    pub doctors: u32,
    /// Hours of reception.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=12))]
    pub hours: u32,
    /// Chooses who comes when, and how long consultations take.
    #[arg(long, default_value_t = 20_261_127)]
    pub seed: u64,
    /// The law of consultations, which the estimate is not told.
    #[arg(long, value_enum, default_value_t = Law::LogNormal)]
    pub law: Law,
}

/// How long consultations take, with the same mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Law {
    /// Positive, leaning to the right.
    LogNormal,
    /// Two sorts of visits: three of four are short, the fourth takes four times as long.
    Mixed,
}
