//! Chance for load: a small generator with a printed seed (splitmix64), the gaps between independent
//! arrivals, and Zipf's law over a set of doctors.

/// Splitmix64. Good enough for choosing, and each client has its own.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to, not including, 1.
    pub fn unit(&mut self) -> f64 {
        let high = u32::try_from(self.bits() >> 32).unwrap_or(0);
        f64::from(high) / 4_294_967_296.0
    }

    /// From 0 up to, not including, `count`.
    pub fn below(&mut self, count: usize) -> usize {
        let count = u64::try_from(count.max(1)).unwrap_or(1);
        usize::try_from(self.bits() % count).unwrap_or(0)
    }

    pub fn happens(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// The gap to the next of independent arrivals, `mean` apart (exponential).
    pub fn gap(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }
}

/// Zipf's law with exponent 1: the n-th most popular is asked for in proportion to 1/n.
#[derive(Clone, Debug)]
pub struct Zipf(Vec<f64>);

impl Zipf {
    pub fn over(count: usize) -> Self {
        let mut sum = 0.0;
        let mut cumulative = Vec::with_capacity(count);
        for rank in 1..=u32::try_from(count).unwrap_or(u32::MAX) {
            sum += 1.0 / f64::from(rank);
            cumulative.push(sum);
        }
        for value in &mut cumulative {
            *value /= sum;
        }
        Self(cumulative)
    }

    /// A rank, 0 the most popular.
    pub fn draw(&self, chance: &mut Chance) -> usize {
        let at = chance.unit();
        self.0.partition_point(|value| *value <= at).min(self.0.len().saturating_sub(1))
    }

    /// The share of all requests that goes to the most popular.
    pub fn top_share(&self) -> f64 {
        self.0.first().copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zipf_favours_the_first() {
        let (zipf, mut chance) = (Zipf::over(2_000), Chance::new(7));
        let first = (0..20_000).filter(|_| zipf.draw(&mut chance) == 0).count();
        assert!((2_200..2_700).contains(&first), "{first} of 20,000, expected about 12.2 %");
        assert!((0.12..0.13).contains(&zipf.top_share()));
    }

    #[test]
    fn gaps_have_their_mean() {
        let mut chance = Chance::new(1);
        let sum: f64 = (0..20_000).map(|_| chance.gap(0.5)).sum();
        assert!((9_500.0..10_500.0).contains(&sum), "{sum}");
    }
}
