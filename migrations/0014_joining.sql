-- The rules of a hospital for its lines. A row is never changed: the present rules are those of the highest revision, the
-- row before says what they were before that, and no row means the defaults. So the table is its own record of who
-- changed what.
CREATE TABLE line_rule (
    hospital_id BINARY(16) NOT NULL,
    revision INT UNSIGNED NOT NULL COMMENT 'from 1',
    at DATETIME(3) NOT NULL,
    actor BINARY(16) NOT NULL COMMENT 'account',
    request_id BINARY(16) NOT NULL,
    early_minutes SMALLINT UNSIGNED NOT NULL DEFAULT 10 COMMENT 'a booking that arrived in time stands so long before its start',
    late_minutes SMALLINT UNSIGNED NOT NULL DEFAULT 10 COMMENT 'after its start so long, a booking has arrived in time',
    max_passed TINYINT UNSIGNED NOT NULL DEFAULT 3 COMMENT 'calls that pass over one who is not there; at this one it is held',
    max_live_tickets TINYINT UNSIGNED NOT NULL DEFAULT 3 COMMENT 'of an account, at all hospitals, when it takes one here',
    max_postpones TINYINT UNSIGNED NOT NULL DEFAULT 2 COMMENT 'times that a ticket may be put off',
    assign ENUM ('shortest_estimate', 'fewest_ahead') NOT NULL DEFAULT 'shortest_estimate' COMMENT 'who names no doctor',
    cap_by_finish TINYINT(1) NOT NULL DEFAULT 0 COMMENT 'no ticket that would be seen after the end of reception',
    PRIMARY KEY (hospital_id, revision),
    CONSTRAINT line_rule_sane CHECK (revision > 0 AND early_minutes <= 120 AND late_minutes <= 120 AND max_passed BETWEEN 1 AND 20
        AND max_live_tickets BETWEEN 1 AND 20 AND max_postpones <= 10)
);

-- A ticket may be a booking's: its patient has arrived for it. A live one is a booking's only ticket.
ALTER TABLE ticket
    ADD booking_id BINARY(16) NULL COMMENT 'for which its patient has arrived' AFTER patient_id,
    ADD postponed TINYINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'times that it was put off' AFTER passed,
    ADD identity_checked TINYINT(1) NOT NULL DEFAULT 0 COMMENT 'at the desk, when its booking arrived' AFTER postponed,
    ADD UNIQUE KEY ticket_one_live_of_booking (booking_id, live);
ALTER TABLE ticket_change
    ADD booking_before BINARY(16) NULL,
    ADD postponed_before TINYINT UNSIGNED NULL;

-- How many numbers a line gives on its day, where the desk has said so, and how long its consultations have taken.
ALTER TABLE line_day
    ADD last_key DATETIME(3) NULL COMMENT 'of the number that was taken last: keys of numbers rise',
    ADD cap INT UNSIGNED NULL COMMENT 'numbers of the day; NULL: the hospital''s rule',
    ADD seen INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'consultations that have ended',
    ADD seen_s INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'seconds that they took together';
