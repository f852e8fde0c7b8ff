//! Facts by key, of which one of three things is known: found, looked for and absent, or never asked for. The last is
//! an error and never "free" or "no limit": a rule that forgets to ask must not pass by accident.

use std::collections::HashMap;
use std::hash::Hash;

/// A decision looked at a fact that its command's needs had not asked for. This is a fault of the program, not of the
/// command.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the decision looked at {0}, which was not asked for")]
pub struct Unasked(pub &'static str);

/// Facts of one sort.
#[derive(Clone, Debug)]
pub struct Known<K, V> {
    what: &'static str,
    entries: HashMap<K, Option<V>>,
}

impl<K: Eq + Hash, V> Known<K, V> {
    /// `what` names the sort in [`Unasked`].
    pub fn new(what: &'static str) -> Self {
        Self { what, entries: HashMap::new() }
    }

    /// These keys are looked for: what is not [`Known::insert`]ed after that is absent.
    pub fn ask(&mut self, keys: impl IntoIterator<Item = K>) {
        for key in keys {
            self.entries.entry(key).or_insert(None);
        }
    }

    /// The fact was found, or has changed.
    pub fn insert(&mut self, key: K, value: V) {
        self.entries.insert(key, Some(value));
    }

    /// The fact is no more.
    pub fn remove(&mut self, key: K) {
        self.entries.insert(key, None);
    }

    /// The fact; `None` where it was asked for and is absent.
    pub fn get(&self, key: &K) -> Result<Option<&V>, Unasked> {
        self.entries.get(key).map(Option::as_ref).ok_or(Unasked(self.what))
    }

    /// As [`Known::get`], to change it.
    pub fn get_mut(&mut self, key: &K) -> Result<Option<&mut V>, Unasked> {
        self.entries.get_mut(key).map(Option::as_mut).ok_or(Unasked(self.what))
    }

    /// All that were found.
    pub fn found(&self) -> impl Iterator<Item = (&K, &V)> {
        self.entries.iter().filter_map(|(key, value)| Some((key, value.as_ref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_asked_for_is_an_error_and_not_absent() {
        let mut known = Known::new("a number");
        known.ask([1, 2]);
        known.insert(1, "one");
        assert_eq!(known.get(&1), Ok(Some(&"one")));
        assert_eq!(known.get(&2), Ok(None));
        assert_eq!(known.get(&3), Err(Unasked("a number")));
        known.ask([1]);
        assert_eq!(known.get(&1), Ok(Some(&"one")), "asked for twice, found once");
        known.remove(1);
        assert_eq!(known.get(&1), Ok(None));
        assert_eq!(known.found().count(), 0);
    }
}
