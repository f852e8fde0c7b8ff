//! SQL of the audit's questions on tickets (invariant 3): numbers unique and without gaps in the order of decision, one
//! live ticket a patient a doctor's day, tickets against their requests and their recorded steps. Names of commands and
//! statuses come from the domain, so that none is forgotten.

use domain::line::{EndDay, HospitalRules, KINDS, MarkNoshow, SetLineRule, Status};
use domain::rules::CommandRules;

use crate::audit::store::Question;

/// Names for `IN (..)`. They are constants of the domain, without quotes in them.
fn list<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("'{name}'")).collect();
    quoted.join(", ")
}

/// Counts that must be 0.
pub fn questions() -> Vec<Question> {
    [numbers(), live(), rows(), rules(), bookings(), due(), told()].concat()
}

/// Numbers of a doctor's day.
fn numbers() -> Vec<Question> {
    vec![
        Question::new(
            "ticket_numbers_dense",
            "doctors' days whose ticket numbers are not 1, 2, 3 and so on up to the next one",
            "SELECT COUNT(*) FROM (SELECT t.doctor_id, t.day FROM ticket t
              LEFT JOIN line_day l ON l.doctor_id = t.doctor_id AND l.day = t.day GROUP BY t.doctor_id, t.day
              HAVING MIN(t.number) <> 1 OR MAX(t.number) <> COUNT(*) OR COALESCE(MAX(l.next_number), 0) <> COUNT(*) + 1) AS uneven",
        ),
        Question::new(
            "ticket_number_once",
            "ticket numbers that were given twice on a doctor's day",
            "SELECT COUNT(*) FROM (SELECT 1 FROM ticket GROUP BY doctor_id, day, number HAVING COUNT(*) > 1) AS twice",
        ),
        Question::new(
            "ticket_order",
            "tickets with a higher number that were decided before a lower one",
            "SELECT COUNT(*) FROM (SELECT r.event_seq, LAG(r.event_seq) OVER (PARTITION BY t.doctor_id, t.day ORDER BY t.number, r.event_seq) AS before_it
              FROM ticket t JOIN request r ON r.id = t.request_id) AS neighbours WHERE before_it > event_seq",
        ),
    ]
}

/// Live tickets. How many an account may hold, each hospital says for itself, and may have said otherwise before.
fn live() -> Vec<Question> {
    let usual = HospitalRules::default().max_live_tickets;
    let live = list(Status::ALL.iter().filter(|status| status.is_live()).map(|s| s.as_str()));
    vec![
        Question::new(
            "one_live_ticket",
            "patients with more than one live ticket of a doctor's day",
            format!("SELECT COUNT(*) FROM (SELECT 1 FROM ticket WHERE status IN ({live}) AND patient_id IS NOT NULL
              GROUP BY patient_id, doctor_id, day HAVING COUNT(*) > 1) AS several"),
        ),
        Question::new(
            "live_tickets_of_account",
            "accounts with more live tickets than any hospital has allowed",
            format!("SELECT COUNT(*) FROM (SELECT 1 FROM ticket t JOIN patient p ON p.id = t.patient_id
              WHERE t.status IN ({live}) AND p.account_id IS NOT NULL AND t.booking_id IS NULL
              GROUP BY p.account_id HAVING COUNT(*) > GREATEST({usual}, COALESCE((SELECT MAX(max_live_tickets) FROM line_rule), 0))) AS many"),
        ),
    ]
}

/// What has to fall due. A timer that could not be decided is parked, and waits for an operator.
fn due() -> Vec<Question> {
    let (end, mark) = (EndDay::NAME, MarkNoshow::NAME);
    vec![
        Question::new(
            "held_has_timer",
            "tickets that were passed over and held, and that nothing will call a no-show",
            format!("SELECT COUNT(*) FROM ticket t JOIN ticket_change c ON c.ticket_id = t.id AND c.revision = t.revision
              WHERE t.status = 'waitlist' AND c.reason = 'passed'
                AND NOT EXISTS (SELECT 1 FROM timer m WHERE m.subject_id = t.id AND m.revision = t.revision)
                AND NOT EXISTS (SELECT 1 FROM request r WHERE r.state = 'parked' AND r.kind = '{mark}')"),
        ),
        Question::new(
        "day_has_end",
        "lines in which somebody waits and whose day nothing ends",
        format!("SELECT COUNT(*) FROM (SELECT DISTINCT doctor_id, day FROM ticket WHERE status IN ('booked', 'arrived', 'waitlist')) AS l
          WHERE NOT EXISTS (SELECT 1 FROM timer m WHERE m.subject_id = l.doctor_id
              AND JSON_VALUE(m.command, '$.kind') = '{end}' AND JSON_VALUE(m.command, '$.day') = CAST(l.day AS CHAR))
            AND NOT EXISTS (SELECT 1 FROM request r WHERE r.state = 'parked' AND r.kind = '{end}')"),
        ),
    ]
}

/// What services were told of lines.
fn told() -> Vec<Question> {
    vec![
        Question::new(
            "line_events_follow",
            "events of a line that do not begin with the version at which the one before ended",
            "SELECT COUNT(*) FROM (SELECT CAST(JSON_VALUE(document, '$.from') AS UNSIGNED) AS begins,
              LAG(CAST(JSON_VALUE(document, '$.to') AS UNSIGNED)) OVER (PARTITION BY line_doctor, line_day ORDER BY seq) AS before_it
              FROM event WHERE line_doctor IS NOT NULL) AS neighbours WHERE before_it IS NOT NULL AND before_it <> begins",
        ),
        Question::new(
            "line_told_to_the_end",
            "lines whose last kept event does not end with their version",
            "SELECT COUNT(*) FROM (SELECT MAX(CAST(JSON_VALUE(e.document, '$.to') AS UNSIGNED)) AS told, l.version FROM event e
              LEFT JOIN line_day l ON l.doctor_id = e.line_doctor AND l.day = e.line_day
              WHERE e.line_doctor IS NOT NULL GROUP BY e.line_doctor, e.line_day, l.version) AS told_lines WHERE NOT (told <=> version)",
        ),
        Question::new(
            "soon_told_once",
            "tickets whose account was told more than once that its turn is near",
            "SELECT COUNT(*) FROM ticket t LEFT JOIN (SELECT JSON_VALUE(document, '$.ticket.id') AS ticket, COUNT(*) AS times FROM event
              WHERE kind = 'notice' AND JSON_VALUE(document, '$.code') = 'TICKET_SOON' GROUP BY 1) AS told
              ON UNHEX(REPLACE(told.ticket, '-', '')) = t.id WHERE told.times > t.soon_told",
        ),
    ]
}

/// The steps of the ladder, as `before after`.
fn ladder() -> String {
    let steps = Status::ALL.iter().flat_map(|from| {
        let next = Status::ALL.iter().filter(|next| from.may_become(**next));
        next.map(|next| format!("{} {}", from.as_str(), next.as_str()))
    });
    let steps: Vec<String> = steps.collect();
    list(steps.iter().map(String::as_str))
}

/// Rows that belong together.
fn rows() -> Vec<Question> {
    let ladder = ladder();
    let kinds = list(KINDS);
    vec![
        Question::new(
            "confirmed_has_ticket",
            "confirmed requests without their ticket",
            format!("SELECT COUNT(*) FROM request r LEFT JOIN ticket t ON t.id = r.subject_id
              WHERE r.state = 'confirmed' AND r.kind IN ({kinds}) AND t.id IS NULL"),
        ),
        Question::new(
            "ticket_has_request",
            "tickets that no confirmed request made",
            "SELECT COUNT(*) FROM ticket t
              LEFT JOIN request r ON r.id = t.request_id AND r.state = 'confirmed' AND r.subject_id = t.id WHERE r.id IS NULL",
        ),
        Question::new(
            "ticket_has_steps",
            "tickets whose recorded steps do not lead to their status",
            "SELECT COUNT(*) FROM ticket t LEFT JOIN ticket_change c ON c.ticket_id = t.id AND c.revision = t.revision
              WHERE c.status_after IS NULL OR c.status_after <> t.status
                OR t.revision <> (SELECT COUNT(*) FROM ticket_change a WHERE a.ticket_id = t.id)",
        ),
        Question::new(
            "ticket_on_ladder",
            "recorded steps of tickets that the ladder does not have",
            format!("SELECT COUNT(*) FROM ticket_change WHERE status_before <> status_after AND COALESCE(reason, '') <> 'undone'
              AND CONCAT(status_before, ' ', status_after) NOT IN ({ladder})"),
        ),
    ]
}

/// Rules of hospitals.
fn rules() -> Vec<Question> {
    let kind = SetLineRule::NAME;
    vec![Question::new(
        "line_rule_has_request",
        "rules of a hospital for its lines that no confirmed request set, or with a revision left out",
        format!("SELECT COUNT(*) FROM (SELECT l.*, COALESCE(LAG(l.revision) OVER (PARTITION BY l.hospital_id ORDER BY l.revision), 0) AS before_it
            FROM line_rule l) r LEFT JOIN request q ON q.id = r.request_id AND q.state = 'confirmed' AND q.kind = '{kind}'
             AND q.hospital_id = r.hospital_id AND q.account_id = r.actor
          WHERE q.id IS NULL OR r.revision <> r.before_it + 1"),
    )]
}

/// Bookings whose patients have arrived.
fn bookings() -> Vec<Question> {
    vec![
        Question::new(
            "booking_follows_ticket",
            "tickets of a booking that stands otherwise than they do, or is of another patient, doctor or hospital",
            "SELECT COUNT(*) FROM ticket t LEFT JOIN booking b ON b.id = t.booking_id
              WHERE t.booking_id IS NOT NULL AND (b.id IS NULL OR NOT (b.patient_id <=> t.patient_id) OR b.hospital_id <> t.hospital_id
                OR (t.status NOT IN ('cancelled', 'entered_in_error') AND (b.doctor_id <> t.doctor_id OR CAST(b.status AS CHAR) <>
                  CASE t.status WHEN 'waitlist' THEN 'arrived' ELSE CAST(t.status AS CHAR) END)))",
        ),
        Question::new(
            "arrived_booking_has_ticket",
            "bookings that have arrived, or went further, without a ticket or a step of staff that says so",
            "SELECT COUNT(*) FROM booking b LEFT JOIN ticket t ON t.booking_id = b.id AND t.status NOT IN ('cancelled', 'entered_in_error')
              WHERE b.status IN ('arrived', 'checked_in', 'fulfilled', 'noshow') AND t.id IS NULL
                AND NOT EXISTS (SELECT 1 FROM status_change s WHERE s.booking_id = b.id AND s.revision = b.revision
                  AND s.status_before = 'booked' AND s.status_after IN ('fulfilled', 'noshow'))",
        ),
    ]
}
