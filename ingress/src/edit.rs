//! What becomes of a text that a change may name, leave alone, or take away with null.

use serde::{Deserialize, Deserializer, Serialize};

use crate::problem::Problem;

/// What becomes of something that may be taken away. Absent: it stays.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub(crate) enum Edit {
    #[default]
    Stays,
    Goes,
    Becomes(String),
}

impl<'de> Deserialize<'de> for Edit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Edit::Goes, Edit::Becomes))
    }
}

impl Edit {
    /// The same with the text as it is kept. One of which nothing is left goes.
    pub fn checked(
        self,
        check: impl FnOnce(Option<String>) -> Result<Option<String>, Problem>,
    ) -> Result<Self, Problem> {
        match self {
            Self::Becomes(text) => Ok(check(Some(text))?.map_or(Self::Goes, Self::Becomes)),
            other => Ok(other),
        }
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Becomes(text) => Some(text),
            Self::Stays | Self::Goes => None,
        }
    }
}
