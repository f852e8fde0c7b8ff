//! SQL of hospitals' revisions in the search index, raised once a batch (`platform::search::revision_store` for others).

use domain::ids::HospitalId;
use std::collections::BTreeSet;

use crate::script_store::Script;

/// Raises them, in the order of their ids, as everybody does.
pub fn raise(script: &mut Script, hospitals: &BTreeSet<HospitalId>) {
    script.rows(
        "INSERT INTO hospital_index (hospital_id, revision) VALUES",
        hospitals,
        " ON DUPLICATE KEY UPDATE revision = revision + 1",
        |values, hospital| {
            values.push(hospital.uuid()).push(1_u8);
        },
    );
}
