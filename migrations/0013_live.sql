-- What those who wait learn. An event is for an account, or for a doctor's line of a day, which services alone listen to.
-- A batch's changes of a crowded line are one document, which may be longer than a notice.
ALTER TABLE event
    MODIFY account_id BINARY(16) NULL COMMENT 'who is told; NULL: those who listen to a line',
    ADD line_doctor BINARY(16) NULL COMMENT 'whose line it is of' AFTER account_id,
    ADD line_day DATE NULL COMMENT 'in the hospital''s zone' AFTER line_doctor,
    MODIFY document MEDIUMTEXT NOT NULL,
    ADD CONSTRAINT event_has_one_audience CHECK
        ((account_id IS NULL) = (line_doctor IS NOT NULL) AND (line_doctor IS NULL) = (line_day IS NULL));

-- What is noted of a ticket beside its steps: it stays when a step is taken back, so each is told and graded once.
ALTER TABLE ticket
    ADD soon_told TINYINT UNSIGNED NOT NULL DEFAULT 0 COMMENT '1: its account was told that its turn is near' AFTER passed,
    ADD expected_p50_s INT UNSIGNED NULL COMMENT 'seconds that it would wait, as estimated when it was taken' AFTER soon_told,
    ADD expected_p90_s INT UNSIGNED NULL COMMENT 'the same that nine of ten do not pass' AFTER expected_p50_s,
    ADD graded TINYINT UNSIGNED NOT NULL DEFAULT 0 COMMENT '1: it was called once, and so the estimate is settled' AFTER expected_p90_s;

-- A doctor's own figures, one row each: the last consultations, and how estimates came true.
CREATE TABLE line_pace (
    doctor_id BINARY(16) NOT NULL PRIMARY KEY,
    recent VARCHAR(512) NOT NULL COMMENT 'seconds from call to end, the newest last, joined by commas; at most 64',
    graded BIGINT UNSIGNED NOT NULL COMMENT 'estimates held against the wait',
    within_p50 BIGINT UNSIGNED NOT NULL COMMENT 'of these, who waited no longer',
    within_p90 BIGINT UNSIGNED NOT NULL
);

-- Public boards show called numbers, where the hospital has opted in.
ALTER TABLE hospital
    ADD board TINYINT UNSIGNED NOT NULL DEFAULT 0 COMMENT '1: anybody may see which numbers are called';
ALTER TABLE doctor
    ADD board_name VARCHAR(64) NULL COMMENT 'room or name on the board, as the hospital has it; NULL: the name';
