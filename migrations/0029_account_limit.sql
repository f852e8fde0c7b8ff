-- What all people of an account may have open at a hospital together.
ALTER TABLE hospital
    ADD max_open_account SMALLINT UNSIGNED NULL DEFAULT 6 COMMENT 'per account; never less than max_open_bookings. NULL: not counted' AFTER max_open_bookings;
