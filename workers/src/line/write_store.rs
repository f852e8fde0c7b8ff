//! SQL that writes what a batch changes of lines. Tickets that change are written before those that are made: what is given
//! up frees its keys first. A new ticket is inserted and never put over another row, so a number or a live ticket that is
//! given twice is refused by its key.

use domain::ids::{BookingId, DoctorId, PatientId, TicketId};
use domain::line::Ticket;
use domain::line::pace::Pace;
use std::collections::BTreeMap;

use super::no_show_store;
use super::rows::{ChangedLines, LineRuleRow, Rows, TicketChangeRow};
use crate::script_store::{Script, Values};
use crate::stamp::Stamp;

/// Writes lines, steps of tickets' statuses and rules of hospitals.
pub fn write(script: &mut Script, stamp: Stamp, rows: &Rows, lines: &ChangedLines) {
    changes(script, stamp, &rows.changes);
    days(script, lines);
    no_show_store::write(script, stamp, &rows.no_show_rules, &rows.lifts);
    rules(script, stamp, &rows.rules);
    paces(script, &rows.paces);
}

/// Writes tickets. The key of accounts' live tickets reaches over partitions, so this is among the last before the commit.
pub fn write_tickets(script: &mut Script, rows: &Rows) {
    // Their rows stand there, as the facts of this transaction say: it is always the primary key that is met.
    let tail = " ON DUPLICATE KEY UPDATE live_account = VALUES(live_account), live_slot = VALUES(live_slot), live = VALUES(live),
        priority = VALUES(priority), key_at = VALUES(key_at), status = VALUES(status), arrived_at = VALUES(arrived_at),
        called_at = VALUES(called_at), called_after = VALUES(called_after), passed = VALUES(passed), booking_id = VALUES(booking_id), postponed = VALUES(postponed),
        identity_checked = VALUES(identity_checked), soon_told = VALUES(soon_told), expected_p50_s = VALUES(expected_p50_s),
        expected_p90_s = VALUES(expected_p90_s), graded = VALUES(graded), sealed = VALUES(sealed), revision = VALUES(revision), updated_at = VALUES(updated_at)";
    script.rows(INSERT, rows.changed.values(), tail, values);
    script.rows(INSERT, rows.made.values(), "", values);
}

const INSERT: &str = "INSERT INTO ticket (id, account_id, patient_id, live_account, live_slot, live, hospital_id, doctor_id, day,
    number, priority, key_at, status, arrived_at, called_at, called_after, passed, booking_id, postponed, identity_checked, soon_told, expected_p50_s, expected_p90_s, graded, sealed, request_id, channel, revision, created_at, updated_at) VALUES";

fn values(values: &mut Values<'_>, ticket: &Ticket) {
    values.push(ticket.id.uuid()).push(ticket.account_id.uuid());
    values.push(ticket.patient_id.map(PatientId::uuid));
    values.push(ticket.live_slot.map(|slot| slot.account.uuid()));
    values.push(ticket.live_slot.map(|slot| slot.number));
    values.push(ticket.status.is_live().then_some(1_u8));
    values.push(ticket.hospital_id.uuid()).push(ticket.doctor_id.uuid()).push(ticket.day);
    values.push(ticket.number).push(ticket.priority).push(ticket.key_at);
    values.push(ticket.status.as_str()).push(ticket.arrived_at).push(ticket.called_at);
    values.push(ticket.called_after.map(TicketId::uuid)).push(ticket.passed);
    values.push(ticket.booking_id.map(BookingId::uuid)).push(ticket.postponed);
    values.push(u8::from(ticket.identity_checked));
    let notes = ticket.notes;
    values.push(u8::from(notes.soon_told)).push(notes.expected.map(|wait| wait.p50_s));
    values.push(notes.expected.map(|wait| wait.p90_s)).push(u8::from(notes.graded));
    values.push(ticket.sealed.as_deref()).push(ticket.request_id.uuid());
    values.push(ticket.channel.as_str()).push(ticket.revision);
    values.push(ticket.created_at).push(ticket.updated_at);
}

fn changes(script: &mut Script, stamp: Stamp, rows: &[TicketChangeRow]) {
    script.rows(
        "INSERT INTO ticket_change (ticket_id, revision, at, actor, request_id, status_before, status_after, priority_before,
         priority_after, key_before, key_after, reason, arrived_before, called_before, called_after_before, passed_before, postponed_before, booking_before) VALUES",
        rows,
        "",
        |values, row| {
            let (before, after) = (row.change.before.as_ref(), &row.change.after);
            values.push(after.id.uuid()).push(after.revision).push(stamp.at);
            values.push(row.actor.uuid()).push(row.request.uuid());
            values.push(before.map(|before| before.status.as_str())).push(after.status.as_str());
            values.push(before.map(|before| before.priority)).push(after.priority);
            values.push(before.map(|before| before.key_at)).push(after.key_at);
            values.push(row.change.reason.as_deref());
            values.push(before.and_then(|before| before.arrived_at));
            values.push(before.and_then(|before| before.called_at));
            values.push(before.and_then(|before| before.called_after).map(TicketId::uuid));
            values.push(before.map(|before| before.passed));
            values.push(before.map(|before| before.postponed));
            values.push(before.and_then(|before| before.booking_id).map(BookingId::uuid));
        },
    );
}

fn days(script: &mut Script, lines: &ChangedLines) {
    script.rows(
        "INSERT INTO line_day (doctor_id, day, next_number, version, reception, paused_until, last_called, calls, last_key, cap, seen, seen_s) VALUES",
        &lines.0,
        " ON DUPLICATE KEY UPDATE next_number = VALUES(next_number), version = VALUES(version),
          reception = VALUES(reception), paused_until = VALUES(paused_until), last_called = VALUES(last_called),
          calls = VALUES(calls), last_key = VALUES(last_key), cap = VALUES(cap), seen = VALUES(seen), seen_s = VALUES(seen_s)",
        |values, ((doctor, day), line)| {
            values.push(doctor.uuid()).push(day).push(line.next_number).push(line.version);
            values.push(line.reception.as_str()).push(line.reception.until());
            values.push(line.last_called.map(TicketId::uuid)).push(line.calls);
            values.push(line.last_key).push(line.cap).push(line.seen).push(line.seen_s);
        },
    );
}

fn rules(script: &mut Script, stamp: Stamp, rows: &[LineRuleRow]) {
    script.rows(
        "INSERT INTO line_rule (hospital_id, revision, at, actor, request_id, early_minutes, late_minutes, max_passed,
         max_live_tickets, max_postpones, assign, cap_by_finish, board) VALUES",
        rows,
        "",
        |values, LineRuleRow { rule, actor, request }| {
            let rules = &rule.rules;
            values.push(rule.hospital_id.uuid()).push(rule.revision).push(stamp.at);
            values.push(actor.uuid()).push(request.uuid());
            values.push(rules.early_minutes).push(rules.late_minutes).push(rules.max_passed);
            values.push(rules.max_live_tickets).push(rules.max_postpones);
            values.push(rules.assign.as_str()).push(u8::from(rules.cap_by_finish));
            values.push(u8::from(rules.board));
        },
    );
}

fn paces(script: &mut Script, paces: &BTreeMap<DoctorId, Pace>) {
    script.rows(
        "INSERT INTO line_pace (doctor_id, recent, graded, within_p50, within_p90) VALUES",
        paces,
        " ON DUPLICATE KEY UPDATE recent = VALUES(recent), graded = VALUES(graded), within_p50 = VALUES(within_p50),
          within_p90 = VALUES(within_p90)",
        |values, (doctor, pace)| {
            let recent: Vec<String> = pace.recent.iter().map(u32::to_string).collect();
            values.push(doctor.uuid()).push(recent.join(",").as_str()).push(pace.grades.graded);
            values.push(pace.grades.within_p50).push(pace.grades.within_p90);
        },
    );
}
