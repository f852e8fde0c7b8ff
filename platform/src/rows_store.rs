//! Reading columns of rows: instants, names of enums, hashes; and lists of ids in statements of few lengths.

use chrono::NaiveDateTime;
use domain::command::BodyHash;
use domain::event::Audience;
use domain::ids::{AccountId, DoctorId};
use domain::time::Timestamp;
use sqlx::Row;
use sqlx::mysql::MySqlRow;
use std::str::FromStr;
use uuid::Uuid;

/// An instant, stored in UTC.
pub fn timestamp(row: &MySqlRow, column: &str) -> Result<Timestamp, sqlx::Error> {
    Ok(row.try_get::<NaiveDateTime, _>(column)?.and_utc())
}

/// As [`timestamp`], of a column that may be NULL.
pub fn timestamp_or_none(row: &MySqlRow, column: &str) -> Result<Option<Timestamp>, sqlx::Error> {
    Ok(row.try_get::<Option<NaiveDateTime>, _>(column)?.map(|at| at.and_utc()))
}

/// A value of an enum by its name.
///
/// # Errors
/// When the name is not known to this build.
pub fn named<T: FromStr>(row: &MySqlRow, column: &str) -> Result<T, sqlx::Error> {
    let name: &str = row.try_get(column)?;
    let unknown =
        || sqlx::Error::Decode(format!("{column} '{name}' is not known to this build").into());
    name.parse().map_err(|_| unknown())
}

/// Whom an event is for: of a row with `account_id`, `line_doctor` and `line_day`.
pub fn audience(row: &MySqlRow) -> Result<Audience, sqlx::Error> {
    let doctor: Option<Uuid> = row.try_get("line_doctor")?;
    if let Some((doctor, day)) = doctor.zip(row.try_get("line_day")?) {
        return Ok(Audience::Line(DoctorId::from_uuid(doctor), day));
    }
    Ok(Audience::Account(AccountId::from_uuid(row.try_get("account_id")?)))
}

/// The hash of a request's body.
pub fn body_hash(row: &MySqlRow) -> Result<BodyHash, sqlx::Error> {
    let bytes: Vec<u8> = row.try_get("body_hash")?;
    let bytes =
        bytes.try_into().map_err(|_| sqlx::Error::Decode("a body hash has 8 bytes".into()))?;
    Ok(BodyHash::from_bytes(bytes))
}

/// Placeholders for `count` values, padded to a power of two so that few statements are prepared.
/// The last value is bound again for the rest ([`padded`]).
pub fn padded_marks(count: usize) -> String {
    vec!["?"; count.next_power_of_two()].join(",")
}

/// The ids and, after them, the last one again, as [`padded_marks`] wants.
pub fn padded<T: Copy>(values: &[T]) -> impl Iterator<Item = T> {
    let fill = values.len().next_power_of_two() - values.len();
    values.iter().copied().chain(values.last().copied().into_iter().cycle().take(fill))
}
