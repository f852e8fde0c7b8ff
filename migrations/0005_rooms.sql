-- Names of kinds, codes and channels may be as long as the code allows (`domain::command::MAX_NAME`). A request whose
-- frame could not be read has no kind and no hospital, instead of a made-up one. What a request is about need not be a
-- booking.
ALTER TABLE request
    MODIFY kind VARCHAR(60) NULL COMMENT 'NULL: the frame could not be read',
    MODIFY code VARCHAR(60) NULL,
    MODIFY hospital_id BINARY(16) NULL COMMENT 'NULL: the frame could not be read',
    MODIFY account_id BINARY(16) NOT NULL COMMENT 'owner: the account that sent it',
    CHANGE booking_id subject_id BINARY(16) NULL COMMENT 'what it is about: a booking, a parked request';
UPDATE request SET kind = NULL, hospital_id = NULL WHERE kind = 'unknown';

-- An event shows the Request (outcome, parked) or has a document of its own. Nobody is told what an operator did to a
-- request but its owner: the operators' account has no listeners.
ALTER TABLE event
    MODIFY kind VARCHAR(60) NOT NULL,
    MODIFY account_id BINARY(16) NOT NULL COMMENT 'who is told',
    MODIFY request_id BINARY(16) NULL COMMENT 'that caused it',
    MODIFY document TEXT NULL COMMENT 'NULL: the event shows its request, whose owner is told';
UPDATE event SET kind = 'parked' WHERE kind = 'notice' AND document IS NULL;
UPDATE event SET account_id = UNHEX('0D0CDE00000080008000000000000001') WHERE account_id = UNHEX(REPEAT('0', 32));

-- A booking belongs to its patient; the account is who made it.
ALTER TABLE booking
    MODIFY channel VARCHAR(60) NOT NULL,
    DROP KEY booking_account,
    ADD KEY booking_patient (patient_id, id);
