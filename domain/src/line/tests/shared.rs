//! What the scene's commands find of the directory and of people.

use std::sync::Arc;

use super::scene::Scene;
use crate::directory::Doctor;
use crate::facts;
use crate::people::Patient;
use crate::time;

impl Scene {
    /// Directory and people.
    pub(super) fn read_shared(&self, needs: &facts::Needs, facts: &mut facts::Facts) {
        facts.directory.doctors.ask(needs.directory.doctors.iter().copied());
        for hospital in &needs.directory.doctors_of {
            let doctors = self.doctors.values();
            let here = doctors.filter(|doctor| doctor.hospital_id == *hospital);
            let here: Vec<&Arc<Doctor>> = here.collect();
            let ids = here.iter().map(|doctor| doctor.id).collect();
            facts.directory.doctors_of.insert(*hospital, ids);
            for doctor in here {
                facts.directory.doctors.insert(doctor.id, Arc::clone(doctor));
            }
        }
        for id in &needs.directory.doctors {
            if let Some(found) = self.doctors.get(id) {
                facts.directory.doctors.insert(*id, Arc::clone(found));
            }
        }
        for hospital in &needs.directory.hospitals {
            facts.directory.zones.insert(*hospital, time::Zone::Asia__Seoul);
        }
        let people = &mut facts.people;
        people.own_patients.ask(needs.people.own_patients.iter().copied());
        people.patients.ask(needs.people.patients.iter().copied());
        people.members.ask(needs.people.members.iter().copied());
        for account in &needs.people.own_patients {
            if let Some(own) = self.own.get(account) {
                people.own_patients.insert(*account, *own);
                people.patients.insert(*own, Patient::of(Some(*account)));
            }
        }
        for patient in &needs.people.patients {
            if let Some(account) = self.patients.get(patient).copied() {
                people.patients.insert(*patient, Patient::of(Some(account)));
            } else if self.entered.contains(patient) {
                people.patients.insert(*patient, Patient::of(None));
            }
        }
        for member in &needs.people.members {
            if let Some(roles) = self.members.get(member) {
                people.members.insert(*member, roles.clone());
            }
        }
    }
}
