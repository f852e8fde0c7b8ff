//! Invariant 3 in plain rows: the numbers of a doctor's day are 1, 2, 3 and so on, each given once and in the order of
//! decision, which is that of each publisher; a patient has one live ticket of a doctor's day, an account three in all.

use chrono::NaiveDate;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

use super::Rows;
use super::rows::{Request, Ticket};

/// Live tickets of an account. In this suite an account has one patient.
pub const MAX_LIVE: usize = 3;

type Day = (Uuid, NaiveDate);

/// Gaps, numbers that were given twice, a counter that is elsewhere, numbers out of order.
pub fn numbers(rows: &Rows) -> Vec<String> {
    let requests: HashMap<Uuid, &Request> = rows.requests.iter().map(|row| (row.id, row)).collect();
    let counters: HashMap<Day, u32> =
        rows.line_days.iter().map(|line| ((line.doctor, line.day), line.next_number)).collect();
    let mut days: BTreeMap<Day, Vec<&Ticket>> = BTreeMap::new();
    for ticket in &rows.tickets {
        days.entry((ticket.doctor, ticket.day)).or_default().push(ticket);
    }
    let mut faults = Vec::new();
    for ((doctor, day), mut tickets) in days {
        tickets.sort_by_key(|ticket| (ticket.number, ticket.id));
        for (due, ticket) in (1..).zip(&tickets) {
            if ticket.number != due {
                faults.push(format!("{doctor} {day}: {} where {due} is due", ticket.number));
            }
        }
        let next = counters.get(&(doctor, day)).copied().unwrap_or(1);
        if usize::try_from(next).is_ok_and(|next| next != tickets.len() + 1) {
            faults.push(format!("{doctor} {day}: next is {next} after {}", tickets.len()));
        }
        faults.extend(out_of_order(&tickets, &requests));
    }
    faults
}

/// A ticket that has a higher number than one that was decided later, or that its publisher sent later.
fn out_of_order(tickets: &[&Ticket], requests: &HashMap<Uuid, &Request>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut decided = 0;
    let mut sent: HashMap<Uuid, u64> = HashMap::new();
    for ticket in tickets {
        let Some(request) = requests.get(&ticket.request) else {
            faults.push(format!("ticket {} was made by no request", ticket.id));
            continue;
        };
        let before = std::mem::replace(&mut decided, request.event_seq);
        if before >= request.event_seq {
            faults.push(format!("ticket {}: decided before a lower number", ticket.id));
        }
        if request.publisher.is_nil() {
            continue;
        }
        let before = sent.insert(request.publisher, request.publisher_seq);
        if before.is_some_and(|before| before >= request.publisher_seq) {
            faults.push(format!("ticket {}: sent before a lower number", ticket.id));
        }
    }
    faults
}

/// Patients with two live tickets of a doctor's day, or with more than are allowed in all.
pub fn live(rows: &Rows) -> Vec<String> {
    let (mut of_day, mut of_all) = (BTreeMap::new(), BTreeMap::new());
    for ticket in rows.tickets.iter().filter(|ticket| ticket.is_live()) {
        let Some(patient) = ticket.patient else { continue };
        *of_day.entry((patient, ticket.doctor, ticket.day)).or_insert(0) += 1;
        *of_all.entry(patient).or_insert(0) += 1;
    }
    let twice = of_day.into_iter().filter(|(_, count)| *count > 1);
    let twice = twice.map(|((patient, doctor, day), count)| {
        format!("{patient} has {count} with {doctor} on {day}")
    });
    let many = of_all.into_iter().filter(|(_, count)| *count > MAX_LIVE);
    let many = many.map(|(patient, count)| format!("{patient} has {count} in all"));
    twice.chain(many).collect()
}
