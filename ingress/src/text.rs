//! Free text of clients, checked once, here: it is bounded, and no resident registration number (주민등록번호) is in it.

use crate::problem::Problem;
use crate::resident::names_resident;

/// The text, if there is any and it fits; `rule` says what fits.
pub(crate) fn checked(
    field: &'static str,
    text: Option<String>,
    fits: impl Fn(&str) -> bool,
    rule: &str,
) -> Result<Option<String>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    if names_resident(&text) {
        return Err(Problem::invalid(field, "no resident registration number may be sent"));
    }
    if fits(&text) { Ok(Some(text)) } else { Err(Problem::invalid(field, rule)) }
}
