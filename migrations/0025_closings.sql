-- Closed time ends the bookings in it, and may be hours of its days. What was closed before this has no request and ended
-- nothing. A closing is never deleted: opened again, it is no longer in force.
ALTER TABLE closure
    ADD from_time TIME NULL COMMENT 'with until_time: those hours of each day are closed; NULL: whole days' AFTER last_day,
    ADD until_time TIME NULL AFTER from_time,
    ADD state ENUM ('ending', 'closed', 'opened') NOT NULL DEFAULT 'closed' COMMENT 'ending: bookings in it are still to be ended; opened: not in force',
    ADD ended INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'bookings',
    ADD closed_by BINARY(16) NULL COMMENT 'account',
    ADD request_id BINARY(16) NULL COMMENT 'that made it',
    ADD changed_by BINARY(16) NULL COMMENT 'the request that changed it last',
    ADD revision INT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'rises with every change',
    ADD closed_at DATETIME(3) NULL,
    ADD updated_at DATETIME(3) NULL,
    ADD CONSTRAINT closure_hours CHECK ((from_time IS NULL) = (until_time IS NULL) AND (from_time IS NULL OR from_time < until_time)),
    MODIFY reason VARCHAR(128) NOT NULL DEFAULT 'other' COMMENT 'leave, holiday, emergency or other';

-- The same as instants: one row of whole days, or one a day. For the audit and for whoever asks what is booked in it.
CREATE TABLE closure_span (
    closure_id BINARY(16) NOT NULL,
    starts_at DATETIME(3) NOT NULL,
    ends_at DATETIME(3) NOT NULL,
    PRIMARY KEY (closure_id, starts_at),
    CONSTRAINT closure_span_sane CHECK (starts_at < ends_at)
);

-- A hospital's bookings by time.
ALTER TABLE booking ADD KEY IF NOT EXISTS booking_hospital_start (hospital_id, starts_at);
