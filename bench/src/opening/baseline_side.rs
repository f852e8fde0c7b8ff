//! The opening against the direct service: every way of making it safe with every pool, then the leading three once more.
//! The quickest is quoted, unless more than 1 % of its requests failed.

use platform::Failure;
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use std::sync::Arc;
use std::time::Duration;

use super::figures::{Failures, OpeningFigures, RushTimes};
use super::rush::{ReadyRush, RushTally};
use super::system_side::{SEED, figures, summary};
use super::{Crowd, calls, cast};
use crate::baseline::child;
use crate::baseline::sweep::{FINALISTS, Setting, Sweep};
use crate::baseline::tables_store;
use crate::cost::Cost;
use crate::cost::probe::{self, Probe};
use crate::report::{Row, ratio, tenth};
use crate::rules::COLLAPSE;
use crate::slot_picker::TakenSlots;
use crate::tally::float;
use crate::targets::Targets;
use crate::world::World;

/// The quickest opening of a setting.
struct Best {
    setting: Setting,
    tally: RushTally,
    cost: Cost,
}

/// Fills in the baseline's side.
pub async fn against(row: &mut Row, sweep: &Sweep<'_>, crowd: Crowd) -> Result<(), Failure> {
    let world = Arc::new(cast::new(sweep.env, sweep.world, crowd)?);
    let mut results = Vec::new();
    for variant in sweep.over.variants.iter().copied() {
        for pool in sweep.over.pools.iter().copied() {
            let setting = Setting { variant, pool, clients: crowd.http_connections_alone() };
            results.extend(one(sweep, &world, crowd, setting).await?);
        }
    }
    results.sort_by_key(|best| best.tally.last);
    let mut finals = Vec::new();
    for result in results.iter().take(FINALISTS) {
        finals.extend(one(sweep, &world, crowd, result.setting).await?);
    }
    finals.sort_by_key(|best| best.tally.last);
    let best = finals.into_iter().next().ok_or("every setting of the baseline collapsed")?;
    let times = RushTimes::of(&best.tally);
    row.baseline_per_s = tenth(times.per_s(best.tally.told.confirmed));
    row.baseline_kind = best.setting.to_string();
    row.baseline_spent(best.cost);
    let opening = row.opening.get_or_insert_with(|| figures(crowd));
    row.ratio = ratio(times.last_outcome_ms, opening.times.last_outcome_ms);
    let baseline_failures = Failures::of(&best.tally);
    *opening = OpeningFigures { baseline: Some(times), baseline_failures, ..opening.clone() };
    Ok(())
}

/// One opening of one setting; nothing where it has collapsed.
async fn one(
    sweep: &Sweep<'_>,
    world: &World,
    crowd: Crowd,
    setting: Setting,
) -> Result<Option<Best>, Failure> {
    let service = child::start(sweep.url, setting.variant, setting.pool).await?;
    sweep.warm(&service, Duration::from_secs(1)).await?;
    tables_store::empty(sweep.pool).await?;
    let mut random = Pcg64Mcg::seed_from_u64(SEED);
    let count = cast::slots_a_doctor(world, crowd);
    let free = TakenSlots { first: vec![0; world.doctors.len()], count };
    let wanted = cast::wanted(crowd, &free, &mut random);
    let calls = calls::prepare(world, &service.address, &wanted, &mut random);
    let targets = Targets::answering(service.address.clone());
    let ready = ReadyRush::open(&targets, &world.accounts, calls, setting.clients).await?;
    let probe = Probe::of_baseline(sweep.env, sweep.pool, service.pid);
    let before = probe.before().await?;
    let tally = ready.run().await?;
    let after = probe.after().await?;
    let cost = probe::cost(&before, &after, tally.told.confirmed);
    let share = float(Failures::of(&tally).total()) / float(tally.counts.sent.max(1));
    let note = if share > COLLAPSE { "  COLLAPSED, not counted" } else { "" };
    eprintln!("  baseline {setting:<44} {}{note}", summary(&tally));
    Ok((share <= COLLAPSE).then_some(Best { setting, tally, cost }))
}
