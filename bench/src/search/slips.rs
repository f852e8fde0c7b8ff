//! Slips of whoever types Korean: a key beside the right one, a letter or a syllable left out, two syllables in the wrong
//! order.

use rand::RngExt;
use rand_pcg::Pcg64Mcg;

const FIRST_SYLLABLE: u32 = 0xac00;
const VOWELS: u32 = 21;
const FINALS: u32 = 28;
/// Vowels whose keys lie side by side, by their numbers: ㅗㅓ ㅓㅏ ㅏㅣ ㅛㅕ ㅕㅑ ㅑㅐ ㅐㅔ ㅠㅜ ㅜㅡ.
const VOWELS_BESIDE: [(u32, u32); 9] =
    [(8, 4), (4, 0), (0, 20), (12, 6), (6, 2), (2, 1), (1, 5), (17, 13), (13, 18)];
/// Consonants likewise: ㅂㅈ ㅈㄷ ㄷㄱ ㄱㅅ ㅁㄴ ㄴㅇ ㅇㄹ ㄹㅎ ㅋㅌ ㅌㅊ ㅊㅍ.
const CONSONANTS_BESIDE: [(u32, u32); 11] = [
    (7, 12),
    (12, 3),
    (3, 0),
    (0, 9),
    (6, 2),
    (2, 11),
    (11, 5),
    (5, 18),
    (15, 16),
    (16, 14),
    (14, 17),
];

/// A kind of slip.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Slip {
    /// The vowel of a syllable is the one on the key beside.
    Vowel,
    /// Its first consonant is.
    Consonant,
    /// Its last consonant is missing.
    Final,
    /// A whole syllable is missing.
    Missing,
    /// Two syllables have changed places.
    Swapped,
}

impl Slip {
    pub const ALL: [Self; 5] =
        [Self::Vowel, Self::Consonant, Self::Final, Self::Missing, Self::Swapped];

    /// The name with one such slip at a place of chance; `None` where the slip cannot be made there.
    pub fn make(self, name: &str, random: &mut Pcg64Mcg) -> Option<String> {
        let mut syllables: Vec<char> = name.chars().collect();
        let at = random.random_range(..syllables.len());
        match self {
            Self::Missing => drop(syllables.remove(at)),
            Self::Swapped => {
                let next = at + 1;
                if next >= syllables.len() || syllables[at] == syllables[next] {
                    return None;
                }
                syllables.swap(at, next);
            }
            Self::Vowel | Self::Consonant | Self::Final => {
                syllables[at] = self.of_syllable(syllables[at])?;
            }
        }
        Some(syllables.into_iter().collect())
    }

    fn of_syllable(self, syllable: char) -> Option<char> {
        let code = u32::from(syllable).checked_sub(FIRST_SYLLABLE)?;
        let (first, vowel, last) =
            (code / (VOWELS * FINALS), code / FINALS % VOWELS, code % FINALS);
        let (first, vowel, last) = match self {
            Self::Vowel => (first, beside(&VOWELS_BESIDE, vowel)?, last),
            Self::Consonant => (beside(&CONSONANTS_BESIDE, first)?, vowel, last),
            _ if last == 0 => return None,
            _ => (first, vowel, 0),
        };
        char::from_u32(FIRST_SYLLABLE + (first * VOWELS + vowel) * FINALS + last)
    }
}

/// The first that is known to lie beside it.
fn beside(pairs: &[(u32, u32)], letter: u32) -> Option<u32> {
    let other = |(a, b): &(u32, u32)| match letter {
        letter if letter == *a => Some(*b),
        letter if letter == *b => Some(*a),
        _ => None,
    };
    pairs.iter().find_map(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn a_slip_changes_one_thing() {
        assert_eq!(Slip::Vowel.of_syllable('강'), Some('겅'));
        assert_eq!(Slip::Consonant.of_syllable('강'), Some('당'));
        assert_eq!(
            (Slip::Final.of_syllable('강'), Slip::Final.of_syllable('가')),
            (Some('가'), None)
        );
        let mut random = Pcg64Mcg::seed_from_u64(1);
        assert_eq!(Slip::Missing.make("강남병원", &mut random).unwrap().chars().count(), 3);
        let made: Vec<_> =
            (0..20).filter_map(|_| Slip::Swapped.make("강남", &mut random)).collect();
        assert!(!made.is_empty() && made.iter().all(|made| made == "남강"));
    }
}
