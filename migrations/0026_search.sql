-- Versions of hospitals in the search index. A row rises once a batch, in the transaction of every write that a
-- hospital's document shows: its bookings, its schedules, what is imported. Not a column of `hospital`: an import holds
-- those rows until its end, and no booking may wait for that.
CREATE TABLE hospital_index (
    hospital_id BINARY(16) NOT NULL PRIMARY KEY,
    revision BIGINT UNSIGNED NOT NULL COMMENT 'a hospital without a row has 0'
);
