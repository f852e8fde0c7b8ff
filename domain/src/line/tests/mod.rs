//! The rules of tickets: numbers, the one live ticket, the hours of reception, who may cancel, and what the desk does. What stands in for the
//! database answers needs as the worker does, so a rule that forgets to ask fails here.

mod any;
mod arrivals;
mod bookings;
mod calibration;
mod desk;
mod due;
mod for_patient;
mod full;
mod grades;
mod happened;
mod hours;
mod no_shows;
mod patient_arrives;
mod postpone;
mod rules;
mod scene;
mod shared;
mod staff;
mod take;
