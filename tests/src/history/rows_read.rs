//! Reads the rows that the judge looks at: plain SQL, all of it as of one moment, and each row column by column.

use chrono::NaiveDateTime;
use sqlx::mysql::MySqlRow;
use sqlx::{MySqlConnection, MySqlPool, Row};
use uuid::Uuid;

use super::rows::{
    Booking, BookingStep, Closing, Event, LineDay, Partition, Request, Rows, Ticket, TicketStep,
    Time,
};

type Read<T> = Result<T, sqlx::Error>;

fn millis(row: &MySqlRow, column: &str) -> Read<i64> {
    Ok(row.try_get::<NaiveDateTime, _>(column)?.and_utc().timestamp_millis())
}

async fn all<T>(
    connection: &mut MySqlConnection,
    sql: &'static str,
    read: impl Fn(&MySqlRow) -> Read<T>,
) -> Read<Vec<T>> {
    sqlx::query(sql).fetch_all(connection).await?.iter().map(read).collect()
}

impl Rows {
    /// Reads all of it as of one moment: clients are at rest, but what falls due is decided meanwhile.
    pub async fn read(pool: &MySqlPool) -> Read<Self> {
        const REQUESTS: &str = "SELECT id, account_id, partition_id, CAST(state AS CHAR) AS state, publisher, publisher_seq, event_seq, document,
            IF(HEX(hospital_id) IN (SELECT UPPER(REPLACE(SUBSTRING(name, 11), '-', '')) FROM lever_change WHERE name LIKE 'admission.%'), hospital_id, NULL) AS line
            FROM request";
        const EVENTS: &str = "SELECT partition_id, seq, COALESCE(account_id, UNHEX(REPEAT('0', 32))) AS account_id, CAST(kind AS CHAR) AS kind,
            COALESCE(request_id, UNHEX(REPEAT('0', 32))) AS request_id, IF(kind = 'notice', document, NULL) AS document FROM partition_event ORDER BY partition_id, seq";
        const BOOKINGS: &str = "SELECT b.id, b.patient_id, b.doctor_id, b.seat, b.starts_at, b.ends_at, CAST(b.status AS CHAR) AS status, b.revision,
            b.held_until, COALESCE(p.account_id, UNHEX(REPEAT('0', 32))) AS account_id, b.request_id FROM booking b LEFT JOIN patient p ON p.id = b.patient_id";
        const BOOKING_STEPS: &str = "SELECT booking_id, revision, at, request_id, status_before, status_after, reason FROM status_change ORDER BY booking_id, revision";
        const APPROVING: &str = "SELECT doctor_id FROM schedule WHERE approval = 'staff'";
        const CLOSINGS: &str = "SELECT c.id, c.doctor_id, s.starts_at, s.ends_at, c.ended, CAST(c.state AS CHAR) AS state
            FROM closure c JOIN closure_span s ON s.closure_id = c.id";
        const DOCTOR_TIME: &str = "SELECT doctor_id AS holder, seat_in_use AS seat, id, starts_at, ends_at FROM booking WHERE seat_in_use IS NOT NULL";
        const PATIENT_TIME: &str = "SELECT patient_in_use AS holder, id, starts_at, ends_at FROM booking WHERE patient_in_use IS NOT NULL";
        const TICKETS: &str = "SELECT id, patient_id, doctor_id, day, number, CAST(status AS CHAR) AS status, revision, request_id FROM ticket";
        const STEPS: &str = "SELECT ticket_id, revision, request_id, status_before, status_after, reason FROM ticket_change ORDER BY ticket_id, revision";
        const LINE_DAYS: &str = "SELECT doctor_id, day, next_number FROM line_day";
        const PARTITIONS: &str = "SELECT id, next_seq, expired, duplicate, undecodable, stale_refused, lost FROM partition_state";
        let mut snapshot = pool.acquire().await?;
        let at = &mut *snapshot;
        sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").execute(&mut *at).await?;
        sqlx::query("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
            .execute(&mut *at)
            .await?;
        let dead_letters: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM dead_letter").fetch_one(&mut *at).await?;
        let rows = Self {
            requests: all(at, REQUESTS, request).await?,
            events: all(at, EVENTS, event).await?,
            bookings: all(at, BOOKINGS, booking).await?,
            booking_steps: all(at, BOOKING_STEPS, booking_step).await?,
            approving: all(at, APPROVING, |row| row.try_get("doctor_id"))
                .await?
                .into_iter()
                .collect(),
            closings: all(at, CLOSINGS, closing).await?,
            doctor_time: all(at, DOCTOR_TIME, |row| time(row, row.try_get("seat")?)).await?,
            patient_time: all(at, PATIENT_TIME, |row| time(row, 0)).await?,
            tickets: all(at, TICKETS, ticket).await?,
            steps: all(at, STEPS, ticket_step).await?,
            line_days: all(at, LINE_DAYS, line_day).await?,
            partitions: all(at, PARTITIONS, partition).await?,
            dead_letters: dead_letters.unsigned_abs(),
        };
        sqlx::query("COMMIT").execute(at).await?;
        Ok(rows)
    }
}

fn request(row: &MySqlRow) -> Read<Request> {
    Ok(Request {
        id: row.try_get("id")?,
        account: row.try_get("account_id")?,
        partition: row.try_get("partition_id")?,
        line: row.try_get("line")?,
        state: row.try_get("state")?,
        publisher: row.try_get("publisher")?,
        publisher_seq: row.try_get("publisher_seq")?,
        event_seq: row.try_get("event_seq")?,
        document: row.try_get("document")?,
    })
}

fn event(row: &MySqlRow) -> Read<Event> {
    Ok(Event {
        partition: row.try_get("partition_id")?,
        seq: row.try_get("seq")?,
        account: row.try_get("account_id")?,
        kind: row.try_get("kind")?,
        request: row.try_get("request_id")?,
        document: row.try_get("document")?,
    })
}

fn booking(row: &MySqlRow) -> Read<Booking> {
    Ok(Booking {
        id: row.try_get("id")?,
        patient: row.try_get("patient_id")?,
        doctor: row.try_get("doctor_id")?,
        seat: row.try_get("seat")?,
        starts_at: millis(row, "starts_at")?,
        ends_at: millis(row, "ends_at")?,
        status: row.try_get("status")?,
        revision: row.try_get("revision")?,
        held_until: row
            .try_get::<Option<NaiveDateTime>, _>("held_until")?
            .map(|until| until.and_utc().timestamp_millis()),
        account: row.try_get("account_id")?,
        request: row.try_get("request_id")?,
    })
}

fn booking_step(row: &MySqlRow) -> Read<BookingStep> {
    Ok(BookingStep {
        booking: row.try_get("booking_id")?,
        revision: row.try_get("revision")?,
        at: millis(row, "at")?,
        request: row.try_get("request_id")?,
        before: row.try_get("status_before")?,
        after: row.try_get("status_after")?,
        reason: row.try_get("reason")?,
    })
}

fn closing(row: &MySqlRow) -> Read<(Uuid, Closing)> {
    let closing = Closing {
        doctor: row.try_get("doctor_id")?,
        starts_at: millis(row, "starts_at")?,
        ends_at: millis(row, "ends_at")?,
        ended: row.try_get::<u32, _>("ended")?.into(),
        state: row.try_get("state")?,
    };
    Ok((row.try_get("id")?, closing))
}

fn time(row: &MySqlRow, seat: u8) -> Read<Time> {
    Ok(Time {
        holder: (row.try_get("holder")?, seat),
        booking: row.try_get("id")?,
        starts_at: millis(row, "starts_at")?,
        ends_at: millis(row, "ends_at")?,
    })
}

fn ticket(row: &MySqlRow) -> Read<Ticket> {
    Ok(Ticket {
        id: row.try_get("id")?,
        patient: row.try_get("patient_id")?,
        doctor: row.try_get("doctor_id")?,
        day: row.try_get("day")?,
        number: row.try_get("number")?,
        status: row.try_get("status")?,
        revision: row.try_get("revision")?,
        request: row.try_get("request_id")?,
    })
}

fn ticket_step(row: &MySqlRow) -> Read<TicketStep> {
    Ok(TicketStep {
        ticket: row.try_get("ticket_id")?,
        revision: row.try_get("revision")?,
        request: row.try_get("request_id")?,
        before: row.try_get("status_before")?,
        after: row.try_get("status_after")?,
        reason: row.try_get("reason")?,
    })
}

fn line_day(row: &MySqlRow) -> Read<LineDay> {
    Ok(LineDay {
        doctor: row.try_get("doctor_id")?,
        day: row.try_get("day")?,
        next_number: row.try_get("next_number")?,
    })
}

fn partition(row: &MySqlRow) -> Read<Partition> {
    Ok(Partition {
        id: row.try_get("id")?,
        next_seq: row.try_get("next_seq")?,
        expired: row.try_get("expired")?,
        duplicate: row.try_get("duplicate")?,
        undecodable: row.try_get("undecodable")?,
        stale_refused: row.try_get("stale_refused")?,
        lost: row.try_get("lost")?,
    })
}
