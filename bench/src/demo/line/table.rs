//! The lines as a table that lives in the terminal: a row for each doctor, from the list that staff see.

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::Value;
use std::io::IsTerminal;
use std::time::Duration;

use super::clinic::Clinic;
use crate::line::desk::Desk;

/// Between two looks.
const LOOK: Duration = Duration::from_millis(700);
/// Between two tables where the output is no terminal.
const PLAIN: u32 = 40;

/// Shows the clinic until it is dropped or fails; a table is for looking at only.
pub async fn show(clinic: &Clinic) {
    let mut desks: Vec<Desk> = Vec::new();
    for doctor in 0..clinic.doctors.len() {
        let Ok(desk) = clinic.desk(doctor).await else { return };
        desks.push(desk);
    }
    let table = MultiProgress::new();
    let style =
        ProgressStyle::with_template("  {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
    let rows: Vec<ProgressBar> = (0..=desks.len())
        .map(|_| table.add(ProgressBar::new(1)).with_style(style.clone()))
        .collect();
    let plain = !std::io::stderr().is_terminal();
    for turn in 0_u32.. {
        let mut lines = vec![head(clinic)];
        for (doctor, desk) in desks.iter_mut().enumerate() {
            let Ok(items) = desk.list().await else { return };
            lines.push(row(clinic, doctor, &items));
        }
        for (row, line) in rows.iter().zip(&lines) {
            row.set_message(line.clone());
        }
        if plain && turn % PLAIN == 0 {
            for line in &lines {
                eprintln!("  {line}");
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn head(clinic: &Clinic) -> String {
    let now = clinic.pace.clock.now().with_timezone(&chrono_tz::Asia::Seoul);
    let named = format!("{} doctor", now.format("%H:%M"));
    format!(
        "{named:<14} {:>8} {:>8} {:>6} {:>6} {:>6} {:>10}",
        "serving", "waiting", "there", "next", "seen", "mean min"
    )
}

fn row(clinic: &Clinic, doctor: usize, items: &[Value]) -> String {
    let counts = clinic.record.counts();
    let of = counts.doctors.get(doctor).cloned().unwrap_or_default();
    let number = |number: Option<u64>| number.map_or("-".to_owned(), |number| number.to_string());
    format!(
        "{:<14} {:>8} {:>8} {:>6} {:>6} {:>6} {:>10.1}",
        format!("{}", doctor + 1),
        number(of.serving),
        waiting(items),
        there(items).count(),
        number(next(items)),
        of.seen,
        of.mean()
    )
}

/// In the line, there or not.
fn waiting(items: &[Value]) -> usize {
    let waits = |item: &&Value| matches!(item["status"].as_str(), Some("booked" | "arrived"));
    items.iter().filter(waits).count()
}

fn there(items: &[Value]) -> impl Iterator<Item = &Value> {
    items.iter().filter(|item| item["status"] == "arrived")
}

/// Whom "next" would call: the urgent first, then by number. Who was put behind is shown too early.
fn next(items: &[Value]) -> Option<u64> {
    let order = |item: &&Value| (item["urgent"] != true, item["number"].as_u64());
    there(items).min_by_key(order).and_then(|item| item["number"].as_u64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_next_is_the_first_who_is_there_and_the_urgent_before_all() {
        let item = |number: u64, status: &str, urgent: bool| json!({"number": number, "status": status, "urgent": urgent});
        let mut items =
            vec![item(1, "fulfilled", false), item(2, "booked", false), item(3, "arrived", false)];
        assert_eq!((next(&items), waiting(&items)), (Some(3), 2));
        items.push(item(4, "arrived", true));
        assert_eq!(next(&items), Some(4));
        assert_eq!(next(&items[..2]), None);
    }
}
