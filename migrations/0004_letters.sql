-- A frame that cannot be read may be as large as a message: no longer cut off at 64 KiB, where it could not be parked and
-- would have held its partition up for ever. And the letters of a partition are counted each second.
ALTER TABLE dead_letter
    MODIFY frame MEDIUMBLOB NOT NULL,
    ADD KEY dead_letter_partition (partition_id, request_id);
