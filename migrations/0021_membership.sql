-- How people come to work at a hospital, and every change of that. Ingress writes all of it, the command line the rest.
ALTER TABLE membership
    ADD since DATETIME(3) NULL COMMENT 'NULL: from before this was kept',
    ADD KEY membership_hospital (hospital_id, account_id),
    ADD UNIQUE KEY membership_doctor (doctor_id);

-- An account says that a hospital is its own. An operator of the platform looks into it.
CREATE TABLE hospital_claim (
    id BINARY(16) NOT NULL PRIMARY KEY,
    hospital_id BINARY(16) NOT NULL,
    account_id BINARY(16) NOT NULL,
    claimed_at DATETIME(3) NOT NULL,
    sealed TEXT NOT NULL COMMENT 'who the applicant is, AEAD, bound to the id',
    state ENUM ('open', 'accepted', 'refused', 'withdrawn') NOT NULL,
    waiting TINYINT(1) NULL COMMENT '1 while it is open, else NULL',
    ended_at DATETIME(3) NULL,
    ended_by BINARY(16) NULL COMMENT 'account',
    reason VARCHAR(300) NULL COMMENT 'of the operator, for the applicant',
    UNIQUE KEY hospital_claim_waiting (hospital_id, account_id, waiting),
    KEY hospital_claim_state (state, id),
    KEY hospital_claim_account (account_id, id),
    CONSTRAINT hospital_claim_ends CHECK ((state = 'open') = (waiting IS NOT NULL) AND (state = 'open') = (ended_at IS NULL))
);

-- A director asks somebody to work at the hospital. The secret is in the mail alone.
CREATE TABLE invitation (
    id BINARY(16) NOT NULL PRIMARY KEY,
    hospital_id BINARY(16) NOT NULL,
    email VARCHAR(254) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    role ENUM ('receptionist', 'doctor') NOT NULL,
    doctor_id BINARY(16) NULL COMMENT 'of the hospital: who the doctor is there',
    invited_by BINARY(16) NOT NULL COMMENT 'account',
    invited_at DATETIME(3) NOT NULL,
    expires_at DATETIME(3) NOT NULL,
    secret BINARY(32) NOT NULL COMMENT 'SHA-256',
    state ENUM ('open', 'accepted', 'withdrawn', 'replaced') NOT NULL,
    waiting TINYINT(1) NULL COMMENT '1 while it is open, else NULL',
    ended_at DATETIME(3) NULL,
    UNIQUE KEY invitation_secret (secret),
    UNIQUE KEY invitation_waiting (hospital_id, email, role, waiting),
    KEY invitation_listed (hospital_id, waiting, id),
    KEY invitation_over (expires_at),
    CONSTRAINT invitation_ends CHECK ((state = 'open') = (waiting IS NOT NULL) AND (state = 'open') = (ended_at IS NULL))
);

-- Each role that somebody got or lost. No row is ever changed.
CREATE TABLE membership_change (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    at DATETIME(3) NOT NULL,
    actor BINARY(16) NOT NULL COMMENT 'account: who did it',
    account_id BINARY(16) NOT NULL COMMENT 'whose role it is',
    hospital_id BINARY(16) NULL COMMENT 'NULL: of the platform',
    role_before ENUM ('receptionist', 'doctor', 'director', 'operator') NULL,
    role_after ENUM ('receptionist', 'doctor', 'director', 'operator') NULL,
    cause ENUM ('claim', 'invitation', 'removed', 'left', 'command_line') NOT NULL,
    reason VARCHAR(300) NULL,
    KEY membership_change_hospital (hospital_id, id),
    CONSTRAINT membership_change_changes CHECK (NOT role_before <=> role_after)
);

-- For the director's pages, and for its deletion after two years.
ALTER TABLE access_log
    ADD KEY access_log_actor (hospital_id, actor, id),
    ADD KEY access_log_at (at);
