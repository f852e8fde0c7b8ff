-- What operators change while the services run. A row is a value that was set, or taken away, with who did so and why.
-- The row of a lever that has not ended says what holds; the others are its history.
CREATE TABLE lever_change (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    value BIGINT UNSIGNED NULL COMMENT 'NULL: taken away',
    until DATETIME(3) NULL COMMENT 'when the value ends by itself',
    at DATETIME(3) NOT NULL,
    actor VARCHAR(80) NOT NULL,
    reason VARCHAR(255) NOT NULL,
    value_before BIGINT UNSIGNED NULL,
    until_before DATETIME(3) NULL,
    ended_at DATETIME(3) NULL COMMENT 'when the next change came',
    present VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin AS (IF(ended_at IS NULL, name, NULL)) PERSISTENT
        COMMENT 'one row of a lever has not ended',
    UNIQUE KEY lever_present (present),
    KEY lever_ended (ended_at)
);
