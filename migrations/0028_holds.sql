-- A doctor's time is held while a form is filled. A hold is a booking with the status `proposed`, under the same keys.
ALTER TABLE booking
    ADD held_until DATETIME(3) NULL COMMENT 'of a hold, and of one that ended without being booked',
    ADD held_number TINYINT UNSIGNED NULL COMMENT 'which of its account''s holds',
    ADD CONSTRAINT booking_held CHECK ((held_until IS NULL) = (held_number IS NULL) AND (status <> 'proposed' OR held_until IS NOT NULL));

-- The holds of an account, at all hospitals. Those of the last hour count; an account's older rows go when it holds again.
CREATE TABLE hold (
    booking_id BINARY(16) NOT NULL PRIMARY KEY,
    account_id BINARY(16) NOT NULL,
    number TINYINT UNSIGNED NULL COMMENT 'until it has ended; no two of an account have the same',
    doctor_id BINARY(16) NOT NULL,
    starts_at DATETIME(3) NOT NULL,
    held_at DATETIME(3) NOT NULL,
    held_until DATETIME(3) NOT NULL,
    KEY hold_account (account_id, held_at),
    UNIQUE KEY hold_one_number (account_id, number)
);

ALTER TABLE hospital
    ADD hold_minutes TINYINT UNSIGNED NOT NULL DEFAULT 5 COMMENT 'how long a hold lasts',
    ADD max_holds TINYINT UNSIGNED NOT NULL DEFAULT 2 COMMENT 'of an account at the same time, at all hospitals, when it holds a time here',
    ADD max_holds_hour TINYINT UNSIGNED NOT NULL DEFAULT 10 COMMENT 'of an account in an hour',
    ADD hold_again_minutes TINYINT UNSIGNED NOT NULL DEFAULT 30 COMMENT 'until an account may hold the same time again',
    ADD CONSTRAINT hospital_holds CHECK (hold_minutes BETWEEN 1 AND 30 AND max_holds BETWEEN 1 AND 20 AND max_holds_hour BETWEEN 1 AND 100
        AND hold_again_minutes <= 120);
