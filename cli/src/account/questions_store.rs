//! SQL of the audit's questions on people: whoever was found to be somebody of an account is that as long as the merge holds.

use crate::audit::store::Question;

/// Counts that must be 0.
pub fn questions() -> Vec<Question> {
    vec![Question::new(
        "merge_holds",
        "merged patients who are not what their merge says, or not of its account",
        // The rows of a person who was removed may be gone; what was merged stays on record.
        "SELECT COUNT(*) FROM (SELECT id FROM patient WHERE merged_into IS NOT NULL UNION SELECT patient_id FROM patient_merge WHERE holds = 1) AS o
           JOIN patient p ON p.id = o.id LEFT JOIN patient_merge m ON m.patient_id = p.id AND m.holds = 1
           LEFT JOIN patient i ON i.id = p.merged_into
          WHERE NOT (p.merged_into <=> m.into_id AND i.id IS NOT NULL AND p.account_id <=> i.account_id)",
    )]
}
