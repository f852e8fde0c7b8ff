-- A schedule may ask for the clinic's approval of what patients book. Who is not approved in that time is refused.
ALTER TABLE schedule
    ADD approval ENUM ('automatic', 'staff') NOT NULL DEFAULT 'automatic' COMMENT 'staff: what a patient books waits for the clinic',
    ADD approval_hours SMALLINT UNSIGNED NOT NULL DEFAULT 24 COMMENT 'then it is refused, or at the cut-off',
    ADD CONSTRAINT schedule_approval CHECK (approval_hours BETWEEN 1 AND 168);

-- A hospital's bookings by day.
ALTER TABLE booking ADD KEY booking_hospital_start (hospital_id, starts_at);

-- Each read of a name, a phone or a reason by staff, written before it is answered. No row is ever changed.
CREATE TABLE IF NOT EXISTS access_log (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    at DATETIME(3) NOT NULL,
    actor BINARY(16) NOT NULL COMMENT 'account',
    hospital_id BINARY(16) NOT NULL COMMENT 'where the actor works',
    patient_id BINARY(16) NULL COMMENT 'whose it is; NULL: a walk-in whom no row knows',
    subject_id BINARY(16) NOT NULL COMMENT 'of what was read',
    route VARCHAR(80) NOT NULL,
    KEY access_log_hospital (hospital_id, id),
    KEY access_log_patient (patient_id, id)
);
