//! Numbers in lines, measured: how many a second through the system and through a direct service that counts in a row
//! under `SELECT .. FOR UPDATE`, with what each costs. Each ticket is taken by an account of its own kind: three an
//! account, which is the limit, so accounts are made by the thousand and nobody has a socket; the answer, which is waited
//! for, is the outcome on both sides.

pub mod baseline_side;
pub mod calls;
pub mod client;
pub mod crowd;
pub mod desk;
pub mod drive;
pub mod line_plan;
pub mod lines_store;
pub mod memory;
pub mod pushes;
pub mod screens;
pub mod setting;
pub mod system_side;
pub mod waiting;
pub mod waiting_figures;

use platform::Failure;

use self::setting::Line;
use crate::arguments::{Load, Side};
use crate::report::Row;

/// The load against whichever sides are asked for.
pub async fn row(line: &Line<'_>, load: Load) -> Result<Row, Failure> {
    if load == Load::LineSockets {
        return waiting::row(line).await;
    }
    let mut row = if line.over.side == Side::Baseline {
        Row::of_baseline(load.name())
    } else {
        system_side::row(line, load).await?
    };
    if line.over.side != Side::Docde {
        row.against(&baseline_side::best(line, load).await?);
    }
    Ok(row)
}
