-- The family of an account, what people agree to as a history, and the end of an account.
ALTER TABLE account
    ADD max_family TINYINT UNSIGNED NOT NULL DEFAULT 8 COMMENT 'family members beside the holder';

-- A patient whom an account no longer has stays where visits are: its row is theirs, and nothing more is booked for it.
ALTER TABLE patient
    ADD agreed_at DATETIME(3) NULL COMMENT 'an adult in the family of another: agreed by a code that came to an address of their own',
    ADD ended_at DATETIME(3) NULL,
    ADD end_reason ENUM ('removed', 'account_deleted') NULL,
    ADD CONSTRAINT patient_end_has_a_reason CHECK ((ended_at IS NULL) = (end_reason IS NULL));

-- A family member moves to an account of their own with a code that the old account shows. One code a patient: the next takes its place.
CREATE TABLE patient_move (
    patient_id BINARY(16) NOT NULL PRIMARY KEY,
    account_id BINARY(16) NOT NULL COMMENT 'that shows it',
    code_mac BINARY(32) NOT NULL COMMENT 'what stands for the code, under a key',
    expires_at DATETIME(3) NOT NULL,
    KEY patient_move_code (code_mac),
    KEY patient_move_over (expires_at)
);

-- What a deleted account still had is given back through the partitions. The row says that this goes on, whoever dies.
CREATE TABLE account_deletion (
    account_id BINARY(16) NOT NULL PRIMARY KEY,
    at DATETIME(3) NOT NULL,
    looks INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'times that was looked for what is left',
    next_at DATETIME(3) NOT NULL COMMENT 'of the next look',
    done_at DATETIME(3) NULL,
    KEY account_deletion_due (done_at, next_at)
);

-- Every consent that was given or withdrawn is a row that is never changed. The last one of a kind says what holds.
CREATE TABLE consent_event (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    account_id BINARY(16) NOT NULL,
    kind VARCHAR(24) CHARACTER SET ascii NOT NULL,
    version SMALLINT UNSIGNED NOT NULL,
    what ENUM ('given', 'withdrawn') NOT NULL,
    at DATETIME(3) NOT NULL,
    KEY consent_event_account (account_id, kind, id)
);
INSERT INTO consent_event (account_id, kind, version, what, at)
    SELECT account_id, kind, version, 'given', given_at FROM consent ORDER BY given_at, account_id, kind;
DROP TABLE consent;

ALTER TABLE mail
    ADD KEY mail_recipient (recipient);
