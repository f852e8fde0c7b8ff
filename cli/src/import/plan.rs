//! What an import has to write: the difference between the file and what is there.

use domain::unicode;
use std::borrow::Cow;
use std::collections::HashMap;
use uuid::Uuid;

use super::columns::ListedColumns;
use super::row::Hospital;

/// A hospital with the id that it has or gets.
pub type Identified = (Uuid, Hospital);

/// The difference.
#[derive(Debug, Default)]
pub struct Plan {
    pub added: Vec<Identified>,
    pub changed: Vec<Identified>,
    pub unchanged: usize,
    /// Known ones that the file does not have. They are kept: a booking may stand behind each.
    pub missing: usize,
}

impl Plan {
    /// `listed` says what the file has columns for.
    pub fn of(rows: Vec<Hospital>, known: &[Identified], listed: &ListedColumns) -> Self {
        let mut plan = Self::default();
        let mut open = Open::of(known);
        let mut found = vec![None; rows.len()];
        // The surest sign first, for all rows: a weaker one must not take what another row is sure of.
        for sign in Sign::ALL {
            for (found, row) in found.iter_mut().zip(&rows).filter(|(found, _)| found.is_none()) {
                *found = open.take(sign, row);
            }
        }
        for (found, mut row) in found.into_iter().zip(rows) {
            let Some(index) = found else {
                row.doubtful.clear();
                plan.added.push((Uuid::now_v7(), row));
                continue;
            };
            let (id, before): &Identified = &known[index];
            let after = before.overwritten_by(row, listed);
            if after == *before {
                plan.unchanged += 1;
            } else {
                plan.changed.push((*id, after));
            }
        }
        plan.missing = open.taken.iter().filter(|taken| !**taken).count();
        plan
    }
}

/// By what a hospital is known again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Sign {
    /// The list's id.
    Key,
    /// HIRA's own id, which stays when name or address is edited.
    Ykiho,
    /// Name, type and address: of these the list's id is made, in files that have one.
    Address,
    /// Name, type and phone: it has moved, or its address was written another way.
    Phone,
}

impl Sign {
    const ALL: [Sign; 4] = [Sign::Key, Sign::Ykiho, Sign::Address, Sign::Phone];

    /// In the form in which rows are read: what was stored before may have another.
    fn of(self, hospital: &Hospital) -> Option<[Cow<'_, str>; 3]> {
        let (name, kind) = (hospital.name.as_str(), hospital.kind.as_str());
        let words = match self {
            Sign::Key => [&hospital.source_key, "", ""],
            Sign::Ykiho => [hospital.ykiho.as_deref()?, "", ""],
            Sign::Address => [name, kind, &hospital.address],
            Sign::Phone => [name, kind, hospital.phone.as_deref()?],
        };
        Some(words.map(unicode::normal))
    }
}

/// Known hospitals that no row has taken yet.
struct Open<'k> {
    taken: Vec<bool>,
    signs: HashMap<(Sign, [Cow<'k, str>; 3]), usize>,
}

impl<'k> Open<'k> {
    fn of(known: &'k [Identified]) -> Self {
        let mut signs = HashMap::with_capacity(known.len() * Sign::ALL.len());
        for (index, (_, hospital)) in known.iter().enumerate() {
            let of_it = Sign::ALL.into_iter().filter_map(|sign| Some((sign, sign.of(hospital)?)));
            signs.extend(of_it.map(|sign| (sign, index)));
        }
        Self { taken: vec![false; known.len()], signs }
    }

    fn take(&mut self, sign: Sign, row: &Hospital) -> Option<usize> {
        let index = *self.signs.get(&(sign, sign.of(row)?))?;
        if self.taken[index] {
            return None;
        }
        self.taken[index] = true;
        Some(index)
    }
}
