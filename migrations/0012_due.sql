-- What falls due is a command of its own. It names its subject and the revision at which it was set; the request's id is
-- made from the timer's, so whoever sends it twice has it decided once. The table was empty until now.
ALTER TABLE timer
    ADD request_id BINARY(16) NOT NULL COMMENT 'of the command that it becomes' AFTER id,
    ADD hospital_id BINARY(16) NOT NULL AFTER partition_id,
    ADD subject_id BINARY(16) NOT NULL COMMENT 'what it is about' AFTER due,
    ADD revision INT UNSIGNED NOT NULL COMMENT 'of the subject when it was set' AFTER subject_id,
    ADD KEY timer_request (request_id),
    ADD KEY timer_subject (subject_id);

-- What a hospital does about those who do not come. A row is never changed: the present rule is that of the highest
-- revision, and no row means the defaults. So the table is its own record of who changed what.
CREATE TABLE no_show_rule (
    hospital_id BINARY(16) NOT NULL,
    revision INT UNSIGNED NOT NULL COMMENT 'from 1',
    at DATETIME(3) NOT NULL,
    actor BINARY(16) NOT NULL COMMENT 'account',
    request_id BINARY(16) NOT NULL,
    held_minutes SMALLINT UNSIGNED NOT NULL DEFAULT 20 COMMENT 'who was passed over and does not come for so long, is a no-show',
    day_over_minutes SMALLINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'after the end of reception, who still waits is cancelled',
    penalty_after SMALLINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'no-shows of a patient after which the app takes no number; 0: never',
    within_days SMALLINT UNSIGNED NOT NULL DEFAULT 90 COMMENT 'they lie no farther apart',
    penalty_days SMALLINT UNSIGNED NOT NULL DEFAULT 14 COMMENT 'from the last of them on',
    PRIMARY KEY (hospital_id, revision),
    CONSTRAINT no_show_rule_sane CHECK (revision > 0 AND held_minutes BETWEEN 1 AND 240 AND day_over_minutes <= 360
        AND penalty_after <= 20 AND within_days BETWEEN 1 AND 365 AND penalty_days BETWEEN 1 AND 365)
);

-- Staff forgive a patient's no-shows: those up to then count no more.
CREATE TABLE no_show_lift (
    hospital_id BINARY(16) NOT NULL,
    patient_id BINARY(16) NOT NULL,
    request_id BINARY(16) NOT NULL,
    at DATETIME(3) NOT NULL,
    actor BINARY(16) NOT NULL COMMENT 'account',
    PRIMARY KEY (hospital_id, patient_id, request_id)
);
