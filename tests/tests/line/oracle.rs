//! Places in a line at each of its versions, in plain SQL from the recorded steps: what is pushed is held against it.

use std::collections::BTreeMap;
use uuid::Uuid;

use crate::stage::Stage;

/// The recorded steps, numbered as the line's versions are: in the order of the decisions, with what the desk did to the
/// line itself. A call comes before those that it passed over.
const STEPS: &str = "CREATE TABLE oracle AS
    SELECT ROW_NUMBER() OVER (ORDER BY event_seq, called DESC, number) AS version, ticket, number, revision, status, priority, key_at
    FROM (SELECT r.event_seq, c.status_after = 'checked_in' AS called, t.id AS ticket, t.number, c.revision, c.status_after AS status,
                 c.priority_after AS priority, c.key_after AS key_at
            FROM ticket_change c JOIN ticket t ON t.id = c.ticket_id JOIN request r ON r.id = c.request_id
          UNION ALL
          SELECT r.event_seq, 0, NULL, 0, 0, NULL, NULL, NULL FROM request r WHERE r.kind = 'set_reception' AND r.state = 'confirmed'
         ) AS steps";

/// How each ticket stood at a version: its last step up to there, and how many of those who waited went before it.
const PLACES: &str = "WITH now AS (SELECT o.* FROM oracle o JOIN (SELECT ticket, MAX(revision) AS revision FROM oracle
        WHERE version <= ? AND ticket IS NOT NULL GROUP BY ticket) AS last ON last.ticket = o.ticket AND last.revision = o.revision)
    SELECT a.ticket, a.status, (SELECT COUNT(*) FROM now b WHERE b.status IN ('booked', 'arrived')
        AND (b.priority < a.priority OR (b.priority = a.priority AND (b.key_at < a.key_at OR (b.key_at = a.key_at AND b.number < a.number)))))
    FROM now a";

/// By ticket: its state, and how many go before it.
pub type Places = BTreeMap<String, (String, Option<u64>)>;

/// The places at a version of the line.
pub async fn places_at(stage: &Stage, version: u64) -> Places {
    let rows: Vec<(Uuid, String, i64)> = sqlx::query_as(PLACES)
        .bind(version)
        .fetch_all(&stage.world.pool)
        .await
        .expect("the oracle's places");
    let place = |(ticket, status, ahead): (Uuid, String, i64)| {
        let standing = match status.as_str() {
            "booked" | "arrived" => "waiting",
            "checked_in" => "called",
            "waitlist" => "held",
            "fulfilled" => "done",
            "noshow" => "missed",
            _ => "left",
        };
        let ahead = (standing == "waiting").then_some(ahead.unsigned_abs());
        (ticket.to_string(), (standing.to_owned(), ahead))
    };
    rows.into_iter().map(place).collect()
}

/// Gathers the steps recorded so far.
pub async fn make(stage: &Stage) {
    sqlx::query(STEPS).execute(&stage.world.pool).await.expect("the oracle");
    sqlx::query("ALTER TABLE oracle ADD KEY (ticket, revision), ADD KEY (version)")
        .execute(&stage.world.pool)
        .await
        .expect("keys");
}
