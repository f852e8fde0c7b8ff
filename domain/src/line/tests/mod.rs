//! The rules of tickets: numbers, the one live ticket, the hours of reception, who may cancel, and what the desk does. What stands in for the
//! database answers needs as the worker does, so a rule that forgets to ask fails here.

mod calibration;
mod desk;
mod happened;
mod scene;
mod staff;
mod take;
