-- The spine's truth. Times are UTC to the millisecond, given by the deciding worker's clock: no
-- statement here or in the code takes the database's time, but for heartbeats. Rows written by
-- workers carry no foreign keys: the worker has checked them in the same transaction and every
-- constraint that must hold against the world is named below.

-- 의료기관. `source_key` is the id of the imported list, `ykiho` HIRA's own id (known for half).
CREATE TABLE hospital (
    id BINARY(16) NOT NULL PRIMARY KEY,
    source_key VARCHAR(64) NULL,
    ykiho VARCHAR(255) NULL,
    name VARCHAR(255) NOT NULL,
    kind VARCHAR(64) NOT NULL,
    address VARCHAR(512) NOT NULL DEFAULT '',
    sido VARCHAR(64) NOT NULL DEFAULT '',
    sigungu VARCHAR(64) NOT NULL DEFAULT '',
    dong VARCHAR(64) NOT NULL DEFAULT '',
    phone VARCHAR(64) NULL,
    lat DOUBLE NULL,
    lon DOUBLE NULL,
    departments TEXT NOT NULL DEFAULT '',
    doctors_count INT NULL,
    opened_on DATE NULL,
    details TEXT NULL COMMENT 'JSON of the list''s further columns: hours, lunch, beds, url ...',
    row_hash BINARY(32) NULL COMMENT 'of the imported row: unchanged rows are not written again',
    zone VARCHAR(64) NOT NULL DEFAULT 'Asia/Seoul' COMMENT 'IANA name',
    max_open_bookings SMALLINT UNSIGNED NOT NULL DEFAULT 3 COMMENT 'per patient',
    max_per_doctor_day SMALLINT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'per patient',
    UNIQUE KEY hospital_source (source_key),
    KEY hospital_name (name),
    KEY hospital_place (sido, sigungu)
);

CREATE TABLE doctor (
    id BINARY(16) NOT NULL PRIMARY KEY,
    hospital_id BINARY(16) NOT NULL,
    name VARCHAR(128) NOT NULL,
    department VARCHAR(64) NOT NULL,
    KEY doctor_hospital (hospital_id),
    CONSTRAINT doctor_of_hospital FOREIGN KEY (hospital_id) REFERENCES hospital (id)
);

-- One schedule a doctor. Slots are computed from it and stored only once taken. Starts are every
-- `step_minutes` from opening; a first visit and a return visit may last differently.
CREATE TABLE schedule (
    doctor_id BINARY(16) NOT NULL PRIMARY KEY,
    step_minutes SMALLINT UNSIGNED NOT NULL,
    first_minutes SMALLINT UNSIGNED NOT NULL,
    return_minutes SMALLINT UNSIGNED NOT NULL,
    seats TINYINT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'patients at the same time',
    release_days SMALLINT UNSIGNED NULL COMMENT 'a day opens so many days before; NULL: at once',
    release_at TIME NULL COMMENT 'local time of the opening',
    cutoff_minutes INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'before the start: end of booking and cancelling',
    valid_from DATE NOT NULL,
    valid_until DATE NOT NULL,
    CONSTRAINT schedule_of_doctor FOREIGN KEY (doctor_id) REFERENCES doctor (id),
    CONSTRAINT schedule_sane CHECK (step_minutes BETWEEN 5 AND 480 AND first_minutes BETWEEN 5 AND 480
        AND return_minutes BETWEEN 5 AND 480 AND seats BETWEEN 1 AND 50
        AND (release_days IS NULL) = (release_at IS NULL))
);

CREATE TABLE schedule_hours (
    doctor_id BINARY(16) NOT NULL,
    weekday TINYINT UNSIGNED NOT NULL COMMENT '1 Monday .. 7 Sunday (ISO 8601)',
    opens TIME NOT NULL,
    closes TIME NOT NULL,
    lunch_from TIME NULL,
    lunch_until TIME NULL,
    PRIMARY KEY (doctor_id, weekday),
    CONSTRAINT hours_of_doctor FOREIGN KEY (doctor_id) REFERENCES doctor (id),
    CONSTRAINT hours_sane CHECK (weekday BETWEEN 1 AND 7 AND opens < closes
        AND (lunch_from IS NULL) = (lunch_until IS NULL) AND (lunch_from IS NULL OR lunch_from < lunch_until))
);

-- Whole days without visits: of a doctor, or of all at the hospital (doctor_id NULL).
CREATE TABLE closure (
    id BINARY(16) NOT NULL PRIMARY KEY,
    hospital_id BINARY(16) NOT NULL,
    doctor_id BINARY(16) NULL,
    first_day DATE NOT NULL,
    last_day DATE NOT NULL,
    reason VARCHAR(128) NOT NULL DEFAULT '',
    KEY closure_hospital (hospital_id, first_day),
    CONSTRAINT closure_sane CHECK (first_day <= last_day)
);

CREATE TABLE account (
    id BINARY(16) NOT NULL PRIMARY KEY,
    created_at DATETIME(3) NOT NULL
);

-- Who is treated; `self` marks the account's own person, used where a command names no patient.
CREATE TABLE patient (
    id BINARY(16) NOT NULL PRIMARY KEY,
    account_id BINARY(16) NULL,
    self TINYINT(1) NOT NULL DEFAULT 0,
    name VARCHAR(128) NOT NULL DEFAULT '',
    birth_date DATE NULL,
    KEY patient_account (account_id)
);

CREATE TABLE membership (
    account_id BINARY(16) NOT NULL,
    hospital_id BINARY(16) NOT NULL,
    role ENUM ('receptionist', 'doctor', 'director') NOT NULL,
    doctor_id BINARY(16) NULL,
    PRIMARY KEY (account_id, hospital_id, role)
);

-- One row a broker partition. `epoch` fences: each batch locks this row first and rolls back when
-- the epoch is no longer its own. `clock` is the time of the last decision. The counters are the
-- owner's books (invariant 6), counted in commands.
CREATE TABLE partition_state (
    id SMALLINT UNSIGNED NOT NULL PRIMARY KEY,
    epoch BIGINT UNSIGNED NOT NULL DEFAULT 0,
    owner BINARY(16) NULL,
    next_seq BIGINT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'of the next event',
    published_seq BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'events up to here were confirmed by the broker',
    clock DATETIME(3) NOT NULL DEFAULT '2000-01-01 00:00:00.000',
    received BIGINT UNSIGNED NOT NULL DEFAULT 0,
    confirmed BIGINT UNSIGNED NOT NULL DEFAULT 0,
    rejected BIGINT UNSIGNED NOT NULL DEFAULT 0,
    expired BIGINT UNSIGNED NOT NULL DEFAULT 0,
    duplicate BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'retries of a request already decided or parked',
    undecodable BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'dead letters that name no request',
    stale_refused BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'batches refused for an old epoch',
    lost BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'confirmed to a publisher, never arrived: must be 0'
);

-- Live workers, by the database's own clock (the one place where it is asked).
CREATE TABLE worker (
    id BINARY(16) NOT NULL PRIMARY KEY,
    heartbeat_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    started_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)
);

-- What arrived from each publisher: a channel's life at one partition.
CREATE TABLE publisher (
    partition_id SMALLINT UNSIGNED NOT NULL,
    publisher BINARY(16) NOT NULL,
    last_seq BIGINT UNSIGNED NOT NULL COMMENT 'highest that arrived',
    acked BIGINT UNSIGNED NOT NULL COMMENT 'highest that the publisher knows confirmed without a gap',
    PRIMARY KEY (partition_id, publisher)
);

-- Numbers that a publisher skipped, as they arrived. One below `acked` is a lost command.
CREATE TABLE publisher_gap (
    partition_id SMALLINT UNSIGNED NOT NULL,
    publisher BINARY(16) NOT NULL,
    first_seq BIGINT UNSIGNED NOT NULL,
    last_seq BIGINT UNSIGNED NOT NULL,
    lost BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'how many of them had been confirmed',
    PRIMARY KEY (partition_id, publisher, first_seq)
);

-- Inbox and outcome in one: a request is decided when its row says so, and only once. `document`
-- is the Request as clients get it, byte for byte, for ever.
CREATE TABLE request (
    id BINARY(16) NOT NULL PRIMARY KEY,
    account_id BINARY(16) NOT NULL,
    partition_id SMALLINT UNSIGNED NOT NULL,
    hospital_id BINARY(16) NOT NULL,
    kind VARCHAR(16) NOT NULL,
    state ENUM ('parked', 'confirmed', 'rejected', 'expired') NOT NULL,
    code VARCHAR(24) NULL,
    body_hash BINARY(8) NOT NULL,
    accepted_at DATETIME(3) NOT NULL,
    decided_at DATETIME(3) NOT NULL COMMENT 'of a parked request: when it was parked',
    booking_id BINARY(16) NULL,
    epoch BIGINT UNSIGNED NOT NULL COMMENT 'of the owner that decided',
    publisher BINARY(16) NOT NULL COMMENT 'which channel brought it, and where in its order',
    publisher_seq BIGINT UNSIGNED NOT NULL,
    event_seq BIGINT UNSIGNED NOT NULL COMMENT 'order of decision in the partition',
    document TEXT NOT NULL
);

-- Attempts at a redelivered command, committed before it is tried again.
CREATE TABLE attempt (
    request_id BINARY(16) NOT NULL PRIMARY KEY,
    count SMALLINT UNSIGNED NOT NULL,
    at DATETIME(3) NOT NULL
);

-- FHIR's Appointment; `status` holds FHIR's codes (HL7 R4 appointmentstatus), with underscores.
CREATE TABLE booking (
    id BINARY(16) NOT NULL PRIMARY KEY,
    account_id BINARY(16) NOT NULL,
    patient_id BINARY(16) NOT NULL,
    hospital_id BINARY(16) NOT NULL,
    doctor_id BINARY(16) NOT NULL,
    seat TINYINT UNSIGNED NOT NULL,
    starts_at DATETIME(3) NOT NULL,
    ends_at DATETIME(3) NOT NULL,
    status ENUM ('proposed', 'pending', 'booked', 'arrived', 'checked_in', 'fulfilled', 'noshow',
                 'cancelled', 'waitlist', 'entered_in_error') NOT NULL,
    visit ENUM ('first', 'return') NOT NULL,
    sealed VARBINARY(4096) NULL COMMENT 'reason and phone, AEAD, bound to the request that brought them',
    request_id BINARY(16) NOT NULL COMMENT 'that made it',
    channel VARCHAR(16) NOT NULL,
    revision INT UNSIGNED NOT NULL COMMENT 'rises with every change',
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    KEY booking_account (account_id, id)
);

-- Time in use, and nothing else: cancelling deletes the row, history is in booking. The period
-- constraint makes an overlap impossible whatever the starts and lengths (MariaDB 10.11).
CREATE TABLE booked_time (
    booking_id BINARY(16) NOT NULL PRIMARY KEY,
    doctor_id BINARY(16) NOT NULL,
    seat TINYINT UNSIGNED NOT NULL,
    starts_at DATETIME(3) NOT NULL,
    ends_at DATETIME(3) NOT NULL,
    request_id BINARY(16) NOT NULL COMMENT 'that took the time',
    PERIOD FOR during (starts_at, ends_at),
    -- Kept by the database as (doctor, seat, end, start): it serves a day's reading too, seat by seat.
    UNIQUE KEY booked_time_no_overlap (doctor_id, seat, during WITHOUT OVERLAPS)
);

-- The same for a patient, across hospitals and so across partitions.
CREATE TABLE patient_time (
    booking_id BINARY(16) NOT NULL PRIMARY KEY,
    patient_id BINARY(16) NOT NULL,
    hospital_id BINARY(16) NOT NULL,
    doctor_id BINARY(16) NOT NULL,
    starts_at DATETIME(3) NOT NULL,
    ends_at DATETIME(3) NOT NULL,
    PERIOD FOR during (starts_at, ends_at),
    UNIQUE KEY patient_time_no_overlap (patient_id, during WITHOUT OVERLAPS)
);

CREATE TABLE status_change (
    booking_id BINARY(16) NOT NULL,
    revision INT UNSIGNED NOT NULL,
    at DATETIME(3) NOT NULL,
    actor BINARY(16) NOT NULL COMMENT 'account',
    request_id BINARY(16) NOT NULL,
    status_before VARCHAR(16) NULL,
    status_after VARCHAR(16) NOT NULL,
    reason VARCHAR(64) NULL,
    PRIMARY KEY (booking_id, revision)
);

-- Versions cache and index of one doctor's day; rises in the transaction that changes the day.
CREATE TABLE doctor_day (
    doctor_id BINARY(16) NOT NULL,
    day DATE NOT NULL COMMENT 'in the hospital''s zone',
    revision BIGINT UNSIGNED NOT NULL,
    PRIMARY KEY (doctor_id, day)
);

-- What listeners are told, in commit order: `seq` is given by the fenced owner in its transaction.
CREATE TABLE event (
    partition_id SMALLINT UNSIGNED NOT NULL,
    seq BIGINT UNSIGNED NOT NULL,
    at DATETIME(3) NOT NULL,
    account_id BINARY(16) NOT NULL,
    kind ENUM ('outcome', 'place', 'notice') NOT NULL,
    request_id BINARY(16) NOT NULL,
    document TEXT NULL COMMENT 'NULL: the request''s own document',
    PRIMARY KEY (partition_id, seq),
    KEY event_account (account_id, partition_id, seq)
);

-- Commands due later, written with their cause.
CREATE TABLE timer (
    id BINARY(16) NOT NULL PRIMARY KEY,
    partition_id SMALLINT UNSIGNED NOT NULL,
    due DATETIME(3) NOT NULL,
    command TEXT NOT NULL,
    KEY timer_due (partition_id, due)
);

-- Poison, parked alone. The CLI reads this table, never the broker's dead-letter queue.
CREATE TABLE dead_letter (
    id BINARY(16) NOT NULL PRIMARY KEY,
    partition_id SMALLINT UNSIGNED NOT NULL,
    request_id BINARY(16) NULL,
    account_id BINARY(16) NULL,
    reason VARCHAR(64) NOT NULL,
    detail VARCHAR(512) NOT NULL DEFAULT '',
    frame BLOB NOT NULL,
    parked_at DATETIME(3) NOT NULL,
    state ENUM ('open', 'replayed', 'discarded') NOT NULL DEFAULT 'open',
    closed_at DATETIME(3) NULL,
    closed_reason VARCHAR(255) NULL,
    KEY dead_letter_state (state, parked_at),
    KEY dead_letter_request (request_id)
);
