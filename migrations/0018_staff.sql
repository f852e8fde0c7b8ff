-- Staff switch their hospital's public board. `hospital.board` is what holds until they have.
ALTER TABLE line_rule
    ADD board TINYINT(1) NULL COMMENT '1: anybody may see which numbers are called; NULL: as hospital.board says';

-- Each read of a name, a phone or a reason by staff, written before it is answered. No row is ever changed.
CREATE TABLE access_log (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    at DATETIME(3) NOT NULL,
    actor BINARY(16) NOT NULL COMMENT 'account',
    hospital_id BINARY(16) NOT NULL COMMENT 'where the actor works',
    patient_id BINARY(16) NULL COMMENT 'whose it is; NULL: a walk-in whom no row knows',
    subject_id BINARY(16) NOT NULL COMMENT 'of what was read: the ticket',
    route VARCHAR(80) NOT NULL,
    KEY access_log_hospital (hospital_id, id),
    KEY access_log_patient (patient_id, id)
);
