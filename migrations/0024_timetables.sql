-- A doctor's schedule changes from a date on: one row a version, which holds until the next one begins.
ALTER TABLE schedule
    DROP PRIMARY KEY,
    ADD PRIMARY KEY (doctor_id, valid_from),
    ADD notice_minutes INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'before the start: then it can no longer be booked, but still cancelled',
    ADD horizon_days SMALLINT UNSIGNED NULL COMMENT 'a day can be booked so many days before it; NULL: however far',
    ADD open_on_holidays TINYINT(1) NOT NULL DEFAULT 0 COMMENT '1: public holidays have the hours of their weekday';

ALTER TABLE schedule_hours
    ADD valid_from DATE NULL COMMENT 'of the version' AFTER doctor_id,
    ADD more_breaks VARCHAR(120) CHARACTER SET ascii NOT NULL DEFAULT '' COMMENT 'beside lunch: 10:30-10:40 16:00-16:15';
UPDATE schedule_hours h JOIN schedule s ON s.doctor_id = h.doctor_id SET h.valid_from = s.valid_from;
DELETE FROM schedule_hours WHERE valid_from IS NULL;
ALTER TABLE schedule_hours
    MODIFY valid_from DATE NOT NULL COMMENT 'of the version',
    DROP PRIMARY KEY,
    ADD PRIMARY KEY (doctor_id, valid_from, weekday);

-- Dates of a doctor that have other hours than their weekday: they open a holiday too. Closed days are `closure`.
CREATE TABLE day_hours (
    doctor_id BINARY(16) NOT NULL,
    day DATE NOT NULL,
    opens TIME NOT NULL,
    closes TIME NOT NULL,
    lunch_from TIME NULL,
    lunch_until TIME NULL,
    PRIMARY KEY (doctor_id, day),
    CONSTRAINT day_hours_of_doctor FOREIGN KEY (doctor_id) REFERENCES doctor (id),
    CONSTRAINT day_hours_sane CHECK (opens < closes AND (lunch_from IS NULL) = (lunch_until IS NULL)
        AND (lunch_from IS NULL OR lunch_from < lunch_until))
);

-- Public holidays, substitute ones among them, for all hospitals of a zone.
CREATE TABLE holiday (
    zone VARCHAR(64) CHARACTER SET ascii NOT NULL COMMENT 'IANA name',
    day DATE NOT NULL,
    name VARCHAR(120) NOT NULL,
    name_en VARCHAR(120) NOT NULL DEFAULT '',
    PRIMARY KEY (zone, day)
);

-- What directors edit. The import leaves alone what is named in `edited`.
ALTER TABLE hospital
    ADD revision INT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'rises with every edit',
    ADD announcement VARCHAR(2000) NULL,
    ADD edited SET ('name', 'kind', 'address', 'phone', 'departments', 'location', 'hours') NOT NULL DEFAULT ''
        COMMENT 'what a person has set: an import keeps it';

ALTER TABLE doctor
    ADD revision INT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'rises with every edit of name or department',
    ADD schedule_revision INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'rises with every change of the schedule; 0: was never set by staff',
    ADD most_seats TINYINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'on which anybody may be, by schedules that are gone',
    ADD left_at DATETIME(3) NULL COMMENT 'no longer at the hospital';

-- Hospitals that are closed for good, neither found nor booked. Not a column of `hospital`: an import holds those rows until its end,
-- and no batch may wait for that.
CREATE TABLE closed_hospital (
    hospital_id BINARY(16) NOT NULL PRIMARY KEY,
    closed_at DATETIME(3) NOT NULL
);
