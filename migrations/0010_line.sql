-- 접수: a patient has a number in a doctor's line of the day. Numbers are unique and without gaps on a doctor's day: the
-- counter rises in the transaction that writes the ticket, and a key refuses a number that is given twice. Statuses are
-- FHIR's codes, as in `booking`: `waitlist` is held, `checked_in` was called.
CREATE TABLE ticket (
    id BINARY(16) NOT NULL PRIMARY KEY,
    account_id BINARY(16) NOT NULL COMMENT 'who took it',
    patient_id BINARY(16) NULL COMMENT 'whose it is; NULL: a walk-in whom no row knows',
    live_account BINARY(16) NULL COMMENT 'the account among whose live tickets it counts',
    live_slot TINYINT UNSIGNED NULL COMMENT 'which of them it is',
    live TINYINT UNSIGNED NULL COMMENT '1 as long as it may come to the doctor, else NULL',
    hospital_id BINARY(16) NOT NULL,
    doctor_id BINARY(16) NOT NULL,
    day DATE NOT NULL COMMENT 'in the hospital''s zone',
    number INT UNSIGNED NOT NULL,
    priority TINYINT UNSIGNED NOT NULL COMMENT 'lower goes first',
    key_at DATETIME(3) NOT NULL COMMENT 'within a priority the earlier goes first',
    status ENUM ('booked', 'arrived', 'checked_in', 'waitlist', 'fulfilled', 'noshow', 'cancelled',
                 'entered_in_error') NOT NULL,
    arrived_at DATETIME(3) NULL,
    called_at DATETIME(3) NULL COMMENT 'the last time',
    sealed VARBINARY(4096) NULL COMMENT 'reason and phone, AEAD, bound to the request that brought them',
    request_id BINARY(16) NOT NULL COMMENT 'that made it',
    channel VARCHAR(60) NOT NULL,
    revision INT UNSIGNED NOT NULL COMMENT 'rises with every change',
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    UNIQUE KEY ticket_number (doctor_id, day, number),
    UNIQUE KEY ticket_one_live (patient_id, doctor_id, day, live),
    UNIQUE KEY ticket_live_slot (live_account, live_slot),
    KEY ticket_live_of_day (doctor_id, day, live),
    KEY ticket_patient (patient_id, id),
    CONSTRAINT ticket_live_is_live CHECK
        ((live <=> 1) = (status IN ('booked', 'arrived', 'checked_in', 'waitlist'))
         AND (live IS NULL OR live = 1) AND (live_slot IS NULL OR live = 1)
         AND (live_account IS NULL) = (live_slot IS NULL))
);

-- Every step of a ticket's ladder, with what it was before in all that a step can change.
CREATE TABLE ticket_change (
    ticket_id BINARY(16) NOT NULL,
    revision INT UNSIGNED NOT NULL,
    at DATETIME(3) NOT NULL,
    actor BINARY(16) NOT NULL COMMENT 'account',
    request_id BINARY(16) NOT NULL,
    status_before VARCHAR(16) NULL COMMENT 'NULL: it was made',
    status_after VARCHAR(16) NOT NULL,
    priority_before TINYINT UNSIGNED NULL,
    priority_after TINYINT UNSIGNED NOT NULL,
    key_before DATETIME(3) NULL,
    key_after DATETIME(3) NOT NULL,
    reason VARCHAR(200) NULL,
    PRIMARY KEY (ticket_id, revision)
);

-- The line of a doctor's day. A day without a row has had no ticket.
CREATE TABLE line_day (
    doctor_id BINARY(16) NOT NULL,
    day DATE NOT NULL COMMENT 'in the hospital''s zone',
    next_number INT UNSIGNED NOT NULL,
    version BIGINT UNSIGNED NOT NULL COMMENT 'rises with every change of the line',
    reception ENUM ('open', 'paused', 'closed') NOT NULL,
    paused_until DATETIME(3) NULL COMMENT 'NULL: until the desk opens it',
    PRIMARY KEY (doctor_id, day),
    CONSTRAINT line_day_paused CHECK (paused_until IS NULL OR reception = 'paused')
);
