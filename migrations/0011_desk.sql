-- What the desk does in a line. A ticket's step can be taken back, so its record holds all that a step can change.
ALTER TABLE ticket
    ADD called_after BINARY(16) NULL COMMENT 'the ticket that had been called last before it' AFTER called_at,
    ADD passed TINYINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'calls that passed it over, its patient not being there' AFTER called_after;
ALTER TABLE ticket_change
    ADD arrived_before DATETIME(3) NULL,
    ADD called_before DATETIME(3) NULL,
    ADD called_after_before BINARY(16) NULL,
    ADD passed_before TINYINT UNSIGNED NULL;
ALTER TABLE line_day
    ADD last_called BINARY(16) NULL COMMENT 'ticket';
