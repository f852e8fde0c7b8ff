//! How good answers are: where the first right one stands, and how many of the right ones are among the first ten.

use std::collections::BTreeSet;
use uuid::Uuid;

/// Hits that are looked at.
pub const LOOKED_AT: usize = 10;

/// Sums over some queries.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    pub queries: f64,
    ranks: f64,
    recalls: f64,
}

impl Score {
    /// One query's hits against the right ones, of which there is one at least.
    pub fn of(hits: &[Uuid], right: &BTreeSet<Uuid>) -> Self {
        let hits = &hits[..hits.len().min(LOOKED_AT)];
        let first = hits.iter().position(|hit| right.contains(hit));
        let found = hits.iter().filter(|hit| right.contains(hit)).count();
        Self {
            queries: 1.0,
            ranks: first.map_or(0.0, |at| 1.0 / (at + 1) as f64),
            recalls: found as f64 / right.len().clamp(1, LOOKED_AT) as f64,
        }
    }

    pub fn add(&mut self, other: Self) {
        self.queries += other.queries;
        self.ranks += other.ranks;
        self.recalls += other.recalls;
    }

    /// Mean reciprocal rank.
    pub fn rank(&self) -> f64 {
        self.ranks / self.queries.max(1.0)
    }

    /// Right ones among the first ten, of those that could be there.
    pub fn recall(&self) -> f64 {
        self.recalls / self.queries.max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_right_one_counts_and_how_many_there_are() {
        let ids: Vec<Uuid> = (0..20).map(Uuid::from_u128).collect();
        let right = |numbers: &[usize]| numbers.iter().map(|number| ids[*number]).collect();
        let of = |numbers: &[usize]| {
            let score = Score::of(&ids, &right(numbers));
            (score.rank(), score.recall())
        };
        assert_eq!(of(&[0]), (1.0, 1.0));
        assert_eq!(of(&[1, 3, 15]), (0.5, 2.0 / 3.0));
        assert_eq!(of(&[15]), (0.0, 0.0));
        assert_eq!(of(&(0..20).collect::<Vec<_>>()), (1.0, 1.0));
        let mut sum = Score::default();
        sum.add(Score::of(&ids, &right(&[0])));
        sum.add(Score::of(&ids, &right(&[15])));
        assert!((sum.rank() - 0.5).abs() < 1e-9 && (sum.recall() - 0.5).abs() < 1e-9);
    }
}
