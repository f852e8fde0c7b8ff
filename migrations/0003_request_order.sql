-- Requests lie on disk in the order of their decisions. By their ids, which are hashes, each new one came to lie on
-- some page of the whole table: a booking dirtied 16 KiB for its 1 KB, and once the table outgrew memory it would have
-- read a page too. In this order they are appended; an id is found through an index a twentieth as large.
ALTER TABLE request
    DROP PRIMARY KEY,
    ADD PRIMARY KEY (partition_id, event_seq),
    ADD UNIQUE KEY request_id (id);
