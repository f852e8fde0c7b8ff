//! What is known of a wished ticket without asking the worker: whether the doctor's reception is open by the schedule.

use domain::directory::Doctor;
use domain::line::open_reception;
use std::sync::Arc;

use crate::addressed::Addressed;
use crate::admission::{Look, Objection, Precheck};
use crate::state::App;

/// A number in a doctor's line that a command asks for.
pub(crate) struct NumberWish {
    pub doctor: Arc<Doctor>,
}

impl Precheck for Option<NumberWish> {
    async fn look(&self, _: &App, addressed: &Addressed) -> Option<Look> {
        let closed = open_reception(&self.as_ref()?.doctor, addressed.command.accepted_at).err();
        closed.map(|closed| Look { objection: Some(Objection::Rules(closed)), markers: None })
    }
}
