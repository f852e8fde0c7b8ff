//! When a person without an account, whom a desk has entered, may be taken for somebody of an account: only where that one's code
//! was told, or where the desk has seen who the person is (CONTRACT, People). A mistake shows somebody's visits to somebody else, so what
//! does not fit together is refused, and all of it can be undone.

use chrono::NaiveDate;

/// One of the two.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MergeSide {
    pub name: String,
    pub born: Option<NaiveDate>,
    pub has_account: bool,
    /// Is somebody of an account by such a step.
    pub merged: bool,
}

/// What shows that the two are one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MergeProof {
    /// The account's code was told to the hospital a moment ago.
    Code,
    /// The desk has seen who the person without an account is.
    Identity,
}

impl MergeProof {
    /// The name in the database and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            MergeProof::Code => "code",
            MergeProof::Identity => "identity",
        }
    }
}

/// Why the two are not taken for one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoMerge {
    /// The person has an account.
    HasAccount,
    /// The other one has none of their own.
    NoAccount,
    OtherBirthDate,
    OtherName,
    Unproven,
}

/// Whether the person may be taken for `into`. With a code two birth dates must not differ; without one, name and birth date
/// have to be the same.
pub fn may_merge(
    person: &MergeSide,
    into: &MergeSide,
    proof: Option<MergeProof>,
) -> Result<MergeProof, NoMerge> {
    if person.has_account {
        return Err(NoMerge::HasAccount);
    }
    if !into.has_account || into.merged {
        return Err(NoMerge::NoAccount);
    }
    let proof = proof.ok_or(NoMerge::Unproven)?;
    let same = match (person.born, into.born, proof) {
        (Some(one), Some(other), _) => one == other,
        (_, _, MergeProof::Code) => true,
        (_, _, MergeProof::Identity) => false,
    };
    if !same {
        return Err(NoMerge::OtherBirthDate);
    }
    if proof == MergeProof::Identity && person.name != into.name {
        return Err(NoMerge::OtherName);
    }
    Ok(proof)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(name: &str, born: Option<&str>, has_account: bool) -> MergeSide {
        let born = born.map(|born| born.parse().unwrap());
        MergeSide { name: name.to_owned(), born, has_account, merged: false }
    }

    #[test]
    fn two_are_one_by_a_code_or_by_who_they_are() {
        use MergeProof::{Code, Identity};
        let person = side("홍길동", Some("1990-01-01"), false);
        let own = side("홍길동", Some("1990-01-01"), true);
        for proof in [Code, Identity] {
            assert_eq!(may_merge(&person, &own, Some(proof)), Ok(proof));
            let other = side("홍길동", Some("1990-01-02"), true);
            assert_eq!(may_merge(&person, &other, Some(proof)), Err(NoMerge::OtherBirthDate));
        }
        assert_eq!(may_merge(&person, &own, None), Err(NoMerge::Unproven));
        let spelt = side("Hong Gildong", Some("1990-01-01"), true);
        assert_eq!(may_merge(&person, &spelt, Some(Code)), Ok(Code));
        assert_eq!(may_merge(&person, &spelt, Some(Identity)), Err(NoMerge::OtherName));
        let undated = side("홍길동", None, true);
        assert_eq!(may_merge(&person, &undated, Some(Code)), Ok(Code));
        assert_eq!(may_merge(&person, &undated, Some(Identity)), Err(NoMerge::OtherBirthDate));
    }

    #[test]
    fn only_who_has_no_account_goes_and_only_into_one() {
        let proof = Some(MergeProof::Code);
        let person = side("홍길동", Some("1990-01-01"), false);
        let own = MergeSide { has_account: true, ..person.clone() };
        assert_eq!(may_merge(&own, &own, proof), Err(NoMerge::HasAccount));
        assert_eq!(may_merge(&person, &person, proof), Err(NoMerge::NoAccount));
        let merged = MergeSide { merged: true, ..own };
        assert_eq!(may_merge(&person, &merged, proof), Err(NoMerge::NoAccount));
    }
}
