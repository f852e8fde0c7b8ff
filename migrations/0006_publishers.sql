-- Publishers that are long gone can be let go once what they said is whole: when each was last heard of, by its
-- partition's clock, and what those that were let go had confirmed, which still counts in the equation.
ALTER TABLE publisher
    ADD heard_at DATETIME(3) NOT NULL DEFAULT '1970-01-01' COMMENT 'when a message of it was last decided',
    ADD KEY publisher_heard (partition_id, heard_at);
UPDATE publisher p JOIN partition_state s ON s.id = p.partition_id SET p.heard_at = s.clock;
ALTER TABLE publisher ALTER heard_at DROP DEFAULT;
ALTER TABLE partition_state
    ADD acked_gone BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'sum of acked of the publishers that were let go' AFTER lost;
