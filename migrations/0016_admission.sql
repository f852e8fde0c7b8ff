-- Commands that their hospital sent beyond what it may have decided in one transaction. They wait here in order, are
-- acknowledged at the broker, and count as in flight.
CREATE TABLE held_back (
    partition_id SMALLINT UNSIGNED NOT NULL,
    place BIGINT UNSIGNED NOT NULL COMMENT 'order of the partition',
    hospital_id BINARY(16) NOT NULL,
    request_id BINARY(16) NOT NULL,
    publisher BINARY(16) NOT NULL COMMENT 'with its number: as the command arrived',
    publisher_seq BIGINT UNSIGNED NOT NULL,
    held_at DATETIME(3) NOT NULL,
    trace CHAR(55) CHARACTER SET ascii NULL,
    frame BLOB NOT NULL COMMENT 'as it came',
    PRIMARY KEY (partition_id, place),
    UNIQUE KEY request_id (request_id),
    KEY held_line (partition_id, hospital_id, place)
);
