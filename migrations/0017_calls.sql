-- A press of "next" names what it follows: the ticket that was called last, and how many calls there were. A ticket that is called
-- again is the last one before and after.
ALTER TABLE line_day
    ADD calls INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'calls so far, and calls that were taken back' AFTER last_called;
