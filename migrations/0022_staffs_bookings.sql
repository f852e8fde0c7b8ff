-- A schedule may ask for the clinic's approval of what patients book. Who is not approved in that time is refused.
ALTER TABLE schedule
    ADD approval ENUM ('automatic', 'staff') NOT NULL DEFAULT 'automatic' COMMENT 'staff: what a patient books waits for the clinic',
    ADD approval_hours SMALLINT UNSIGNED NOT NULL DEFAULT 24 COMMENT 'then it is refused, or at the cut-off',
    ADD CONSTRAINT schedule_approval CHECK (approval_hours BETWEEN 1 AND 168);

-- A hospital's bookings by day.
ALTER TABLE booking ADD KEY booking_hospital_start (hospital_id, starts_at);
