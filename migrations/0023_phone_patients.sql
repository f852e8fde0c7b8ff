-- Patients on the phone: whom a desk may find, whom it enters without an account, and who of these was found to be somebody of an account.
ALTER TABLE patient
    ADD phone VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'E.164, of whom a desk entered; who has an account has its phone',
    ADD merged_into BINARY(16) NULL COMMENT 'the patient of an account who this is too: as long as that holds, the account is this row''s. No booking or ticket moves',
    ADD KEY patient_phone (phone),
    ADD KEY patient_born (birth_date, name),
    ADD KEY patient_merged (merged_into),
    ADD CONSTRAINT patient_merged_is_an_accounts CHECK (merged_into IS NULL OR account_id IS NOT NULL AND self = 0);
ALTER TABLE account
    ADD KEY account_phone (phone);

-- Whom a hospital's staff may find though there is no booking and no ticket: whom they entered, and for a time whose code they were told.
CREATE TABLE known_patient (
    patient_id BINARY(16) NOT NULL,
    hospital_id BINARY(16) NOT NULL,
    how ENUM ('entered', 'code') NOT NULL,
    at DATETIME(3) NOT NULL,
    actor BINARY(16) NOT NULL COMMENT 'account',
    until DATETIME(3) NULL COMMENT 'NULL: for good',
    PRIMARY KEY (patient_id, hospital_id, how),
    KEY known_patient_actor (actor, how, at),
    KEY known_patient_over (until)
);

-- Each look-up of a patient, so that they are counted. What was read by it stands in access_log.
CREATE TABLE look_up (
    id BINARY(16) NOT NULL PRIMARY KEY COMMENT 'of the request: a retry is no second look-up',
    body_hash BINARY(8) NOT NULL,
    actor BINARY(16) NOT NULL COMMENT 'account',
    at DATETIME(3) NOT NULL,
    KEY look_up_actor (actor, at),
    KEY look_up_at (at)
);

-- A person without an account was found to be somebody of an account. A row changes once, when that is undone.
CREATE TABLE patient_merge (
    id BINARY(16) NOT NULL PRIMARY KEY,
    patient_id BINARY(16) NOT NULL COMMENT 'the person without an account',
    into_id BINARY(16) NOT NULL COMMENT 'the patient of the account',
    account_id BINARY(16) NOT NULL COMMENT 'as it was then',
    hospital_id BINARY(16) NOT NULL COMMENT 'whose staff did it',
    how ENUM ('code', 'identity') NOT NULL,
    at DATETIME(3) NOT NULL,
    actor BINARY(16) NOT NULL COMMENT 'account',
    holds TINYINT(1) NULL COMMENT '1 as long as it holds, else NULL',
    undone_at DATETIME(3) NULL,
    undone_by BINARY(16) NULL COMMENT 'account',
    UNIQUE KEY patient_merge_holds (patient_id, holds),
    KEY patient_merge_into (into_id),
    CONSTRAINT patient_merge_is_undone CHECK ((holds <=> 1) = (undone_at IS NULL) AND (undone_at IS NULL) = (undone_by IS NULL))
);
