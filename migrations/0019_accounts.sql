-- Accounts that people make themselves: with an e-mail address that is theirs and a password. Those of the command line have neither.
ALTER TABLE account
    ADD email VARCHAR(254) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'lower case; NULL: of the command line, or deleted',
    ADD password VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'argon2id, as a PHC string',
    ADD name VARCHAR(60) NULL COMMENT 'NFC',
    ADD phone VARCHAR(16) CHARACTER SET ascii NULL COMMENT 'E.164',
    ADD revision INT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'rises with every change of the profile',
    ADD operator TINYINT(1) NOT NULL DEFAULT 0 COMMENT 'of the platform',
    ADD deleted_at DATETIME(3) NULL,
    ADD UNIQUE KEY account_email (email);

-- A sign-in, to its end. All its tokens name it; its refresh tokens are a family.
CREATE TABLE session (
    id BINARY(16) NOT NULL PRIMARY KEY,
    account_id BINARY(16) NOT NULL,
    created_at DATETIME(3) NOT NULL,
    refreshed_at DATETIME(3) NOT NULL,
    access_until DATETIME(3) NOT NULL COMMENT 'the end of its last access token',
    expires_at DATETIME(3) NOT NULL COMMENT 'then it can no longer be refreshed',
    place_mac BINARY(16) NULL COMMENT 'of the address that signed in: where the owner is known, guesses of others keep nobody out',
    ended_at DATETIME(3) NULL,
    end_reason ENUM ('sign_out', 'sign_out_everywhere', 'reuse', 'password', 'deleted') NULL,
    KEY session_account (account_id, ended_at),
    KEY session_ended (ended_at, access_until),
    KEY session_over (expires_at),
    CONSTRAINT session_end_has_a_reason CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);

-- Refresh tokens by their SHA-256. One that was used and comes again is in two hands: its session ends.
CREATE TABLE refresh_token (
    hash BINARY(32) NOT NULL PRIMARY KEY,
    session_id BINARY(16) NOT NULL,
    issued_at DATETIME(3) NOT NULL,
    used_at DATETIME(3) NULL COMMENT 'another took its place',
    KEY refresh_session (session_id)
);

-- What ingress itself writes is done once: the answer under the request's id, which comes from whoever asks and the key, for a day.
CREATE TABLE answer (
    id BINARY(16) NOT NULL PRIMARY KEY,
    body_hash BINARY(8) NOT NULL,
    at DATETIME(3) NOT NULL,
    status SMALLINT UNSIGNED NOT NULL COMMENT 'of HTTP; 0 while its transaction runs',
    sealed TEXT NOT NULL COMMENT 'the body, AEAD, bound to the id: tokens may be in it',
    KEY answer_at (at)
);

-- E-mails, written with their cause and sent after it. One row, and so one Message-ID, a notice and recipient.
CREATE TABLE mail (
    id BINARY(16) NOT NULL PRIMARY KEY,
    notice BINARY(16) NOT NULL COMMENT 'what it tells of: a request, an invitation ..',
    recipient VARCHAR(254) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    sealed TEXT NULL COMMENT 'subject and text, AEAD, bound to the id; NULL once it is sent or given up',
    created_at DATETIME(3) NOT NULL,
    due_at DATETIME(3) NOT NULL COMMENT 'of the next try',
    expires_at DATETIME(3) NOT NULL COMMENT 'from then on it helps nobody',
    tries SMALLINT UNSIGNED NOT NULL DEFAULT 0,
    claim BINARY(16) NULL COMMENT 'who sends it at the moment',
    claimed_until DATETIME(3) NULL,
    state ENUM ('waiting', 'sent', 'refused', 'expired', 'held') NOT NULL COMMENT 'held: written so that known and unknown addresses take alike long, never sent',
    ended_at DATETIME(3) NULL,
    error VARCHAR(255) NULL COMMENT 'of the last try, without the address',
    UNIQUE KEY mail_once (notice, recipient),
    KEY mail_due (state, due_at),
    KEY mail_claim (claim),
    KEY mail_ended (ended_at)
);

-- What people agree to, by version, and who has agreed to which when.
CREATE TABLE consent_version (
    kind VARCHAR(24) CHARACTER SET ascii NOT NULL,
    version SMALLINT UNSIGNED NOT NULL,
    required TINYINT(1) NOT NULL,
    since DATETIME(3) NOT NULL,
    ko VARCHAR(200) NOT NULL,
    en VARCHAR(200) NOT NULL,
    PRIMARY KEY (kind, version)
);
INSERT INTO consent_version (kind, version, required, since, ko, en) VALUES
    ('terms', 1, 1, '2026-11-01', '이용약관', 'Terms of use'),
    ('privacy', 1, 1, '2026-11-01', '개인정보 수집 및 이용', 'Collection and use of personal data'),
    ('sensitive', 1, 1, '2026-11-01', '민감정보(건강정보) 처리', 'Processing of health data'),
    ('marketing', 1, 0, '2026-11-01', '광고성 정보 수신', 'Receiving advertisements');

CREATE TABLE consent (
    account_id BINARY(16) NOT NULL,
    kind VARCHAR(24) CHARACTER SET ascii NOT NULL,
    version SMALLINT UNSIGNED NOT NULL,
    given_at DATETIME(3) NOT NULL,
    withdrawn_at DATETIME(3) NULL,
    PRIMARY KEY (account_id, kind, version, given_at)
);
