//! `docde-bench demo-line`: a clinic's day of lines on the running system, whose clock runs sixty times as fast: people book and arrive, take
//! numbers in the app, at the desk and by phone, come or do not, desks call, press by mistake and take it back,
//! emergencies go first. Several days, each with the next seed, run side by side at clinics of their own.

pub mod clinic;
pub mod plan;
pub mod record;
pub mod table;

use chrono::{Days, TimeDelta, Timelike};
use domain::ids::{DoctorId, HospitalId};
use domain::schedule::Hours;
use domain::time::{self, Timestamp};
use platform::Failure;
use platform::auth::Signer;
use platform::clock::Clock;
use platform::config::Env;
use platform::database;
use platform::seed::store::{add_doctors, add_hospitals};
use platform::seed::{DoctorSeed, ExistingSchedule, HospitalSeed, ScheduleSeed};
use sqlx::MySqlPool;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use tokio::task::JoinSet;

use crate::arguments::DemoLineArguments;
use crate::line::lines_store;
use crate::targets::Targets;
use crate::{system, world};

use self::clinic::{Clinic, Pace};
use self::plan::{Consultations, SLOT, Visitor};
use self::record::{Counts, Record};

/// Between now and the opening.
const LEAD: TimeDelta = TimeDelta::minutes(5);

/// Plays it. True when every number is there once, everybody who came was seen, and the audit is green.
pub async fn run(env: &Env, arguments: &DemoLineArguments) -> Result<bool, Failure> {
    let (pool, clock) = (database::pool(env, 4)?, Clock::from_env(env)?);
    let pace = Pace { clock, rate: rate(env)? };
    let opens = pace.clock.now() + LEAD;
    let mut clinics = Vec::new();
    for seed in (arguments.seed..).take(usize::try_from(arguments.days)?) {
        clinics.push(build(env, &pool, &pace, opens, arguments, seed).await?);
    }
    introduce(&clinics, arguments, &pace, opens);
    let mut playing = JoinSet::new();
    for (clinic, visitors, accounts, seed) in &clinics {
        for doctor in 0..clinic.doctors.len() {
            let consultations = Consultations::of(doctor, *seed, arguments.law)?;
            playing.spawn(Arc::clone(clinic).work(doctor, consultations));
        }
        for (visitor, account) in visitors.iter().zip(accounts) {
            playing.spawn(Arc::clone(clinic).visit(*visitor, account.clone()));
        }
    }
    let shown = clinics.first().map(|(clinic, ..)| Arc::clone(clinic));
    let table = tokio::spawn(async move {
        if let Some(clinic) = shown {
            table::show(&clinic).await;
        }
    });
    while let Some(played) = playing.join_next().await {
        played??;
    }
    table.abort();
    finish(env, &pool, &clinics).await
}

type Part = (Arc<Clinic>, Vec<Visitor>, Vec<world::Account>, u64);

/// How fast the clock runs, as `DOCDE_CLOCK` says.
fn rate(env: &Env) -> Result<f64, Failure> {
    let text = env.optional("DOCDE_CLOCK").unwrap_or_default();
    let rate = text.split(',').nth(1).and_then(|rate| rate.parse().ok()).unwrap_or(1.0);
    if rate > 1.0 {
        Ok(rate)
    } else {
        Err("the clock runs no faster than the day: ./dev demo line sets DOCDE_CLOCK".into())
    }
}

/// A clinic in the database, with its plan of the day.
async fn build(
    env: &Env,
    pool: &MySqlPool,
    pace: &Pace,
    opens: Timestamp,
    arguments: &DemoLineArguments,
    seed: u64,
) -> Result<Part, Failure> {
    let signer = Signer::from_env(env)?;
    let count = usize::try_from(arguments.doctors)?;
    let (hospital, doctors) = (HospitalId::generate(), (0..count).map(|_| DoctorId::generate()));
    let doctors: Vec<DoctorId> = doctors.collect();
    let seeds = doctors.iter().map(|id| doctor_seed(*id, hospital, opens, arguments.hours));
    let seeds = seeds.collect::<Result<Vec<_>, Failure>>()?;
    let mut transaction = pool.begin().await?;
    add_hospitals(&mut transaction, &[HospitalSeed::clinic(hospital, "하루의원")]).await?;
    add_doctors(&mut transaction, &seeds, ExistingSchedule::Extend).await?;
    transaction.commit().await?;
    let visitors = plan::visitors(count, arguments.hours, seed);
    let mut accounts = world::accounts(&signer, &pace.clock, visitors.len() + 1, 1)?;
    world::write_accounts(pool, &accounts, pace.clock.now()).await?;
    let clerk = accounts.pop().ok_or("no clerk")?;
    lines_store::employ(pool, clerk.id, &doctors).await?;
    let of = |doctor| visitors.iter().filter(|visitor| visitor.doctor == doctor).count();
    let expected = (0..count).map(|doctor| AtomicUsize::new(of(doctor))).collect();
    let front = Targets::front(env)?.http_of(0).to_owned();
    let (pace, record) = (pace.clone(), Record::of(count));
    let clinic = Clinic { front, doctors, clerk, opens, pace, record, expected };
    Ok((Arc::new(clinic), visitors, accounts, seed))
}

/// Reception from the opening on, with two hours more than people come in, so that the last are not sent away.
fn doctor_seed(
    id: DoctorId,
    hospital_id: HospitalId,
    opens: Timestamp,
    hours: u32,
) -> Result<DoctorSeed, Failure> {
    let local = opens.with_timezone(&chrono_tz::Asia::Seoul);
    let (today, opens) = (time::day_of(opens, chrono_tz::Asia::Seoul), local.time());
    let opens = opens.with_second(0).and_then(|at| at.with_nanosecond(0)).unwrap_or(opens);
    let (closes, days) = opens.overflowing_add_signed(TimeDelta::hours(i64::from(hours) + 2));
    if days != 0 {
        return Err("the day would end after midnight: fewer --hours, or an earlier clock".into());
    }
    let schedule = ScheduleSeed {
        step_minutes: u16::try_from(SLOT)?,
        first_visit_minutes: u16::try_from(SLOT)?,
        return_visit_minutes: u16::try_from(SLOT)?,
        seats: 1,
        release: None,
        cutoff_minutes: 0,
        valid_from: today,
        valid_until: today + Days::new(1),
        hours: [Some(Hours { opens, closes, lunch: None }); 7],
    };
    let (name, department) = ("하루의사".to_owned(), "내과".to_owned());
    Ok(DoctorSeed { id, hospital_id, name, department, schedule })
}

fn introduce(clinics: &[Part], arguments: &DemoLineArguments, pace: &Pace, opens: Timestamp) {
    let visitors: usize = clinics.iter().map(|(_, visitors, ..)| visitors.len()).sum();
    println!(
        "{} of {} doctors from {}, {} hours at {} times the speed: {visitors} visitors (seeds from {}, {:?})",
        if clinics.len() == 1 {
            "A day".to_owned()
        } else {
            format!("{} days side by side", clinics.len())
        },
        arguments.doctors,
        time::show(opens, chrono_tz::Asia::Seoul),
        arguments.hours,
        pace.rate,
        arguments.seed,
        arguments.law
    );
}

async fn finish(env: &Env, pool: &MySqlPool, clinics: &[Part]) -> Result<bool, Failure> {
    let (mut all, mut missed, mut rows) = (Counts::default(), 0, lines_store::Lines::default());
    let mut grades = [0; 3];
    for (clinic, ..) in clinics {
        for doctor in 0..clinic.doctors.len() {
            let of_doctor = clinic.desk(doctor).await?.grades().await?;
            grades.iter_mut().zip(of_doctor).for_each(|(sum, count)| *sum += count);
        }
        clinic.record.settle(&lines_store::turns(pool, &clinic.doctors).await?);
        missed += clinic.close().await?;
        all.add(clinic.record.counts().clone());
        let lines = lines_store::read(pool, "ticket", &clinic.doctors).await?;
        (rows.tickets, rows.uneven) = (rows.tickets + lines.tickets, rows.uneven + lines.uneven);
    }
    let seen: usize = all.doctors.iter().map(|doctor| doctor.seen).sum();
    let (p50, p90) = (all.wait(50), all.wait(90));
    println!(
        "\n  numbers taken {}, of them by who has booked {}, urgent {}; seen {seen}, missed {missed}",
        all.taken, all.booked, all.urgent
    );
    println!("  booked and never there {}", all.absent);
    println!("  calls taken back {}, put behind {}", all.undone, all.skipped);
    println!("  from being there to being called: p50 {p50:.1} min, p90 {p90:.1} min");
    let estimated = [all.estimated, all.within_p50, all.within_p90].map(|count| count as f64);
    print_coverage("waits for a turn that the app had estimated", estimated);
    if all.compared > 0 {
        let [of, wrong, by_mean] = [all.compared as f64, all.wrong, all.wrong_by_mean];
        let (wrong, by_mean) = (wrong / of, by_mean / of);
        println!(
            "  the p50 was off by {wrong:.1} min, the number ahead times the day's mean by {by_mean:.1} min"
        );
        println!(
            "  after a doctor's fifth, {} of {} were told no estimate",
            all.unknown, all.asked
        );
    }
    print_coverage("tickets that the lines have graded themselves", grades.map(|n| n as f64));
    println!("  numbers missing or given twice {}", rows.uneven);
    let audit = system::docde(env, &["audit"]).await?;
    let tickets = usize::try_from(rows.tickets)?;
    let sound = rows.uneven == 0 && tickets == all.taken && seen + missed == tickets;
    println!(
        "\n{}",
        if sound && audit { "everybody who came was seen" } else { "NOT AS IT SHOULD BE" }
    );
    Ok(sound && audit)
}

/// Of so many, the shares within the p50 and the p90.
fn print_coverage(of: &str, [all, p50, p90]: [f64; 3]) {
    if all > 0.0 {
        let (p50, p90) = (p50 * 100.0 / all, p90 * 100.0 / all);
        println!("  of {all} {of}, {p50:.0} % were within the p50 and {p90:.0} % within the p90");
    }
}
