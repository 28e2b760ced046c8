//! A small generator of numbers whose sequence is part of what the synthetic data promises.

/// SplitMix64 (Steele, Lea and Flood, *Fast splittable pseudorandom number generators*). Written here rather than taken
/// from a library, whose sequences may change with its version. Not for secrets.
#[derive(Clone, Debug)]
pub(super) struct Random {
    state: u64,
}

impl Random {
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mixed(self.state)
    }

    /// A number below `bound`, which is above 0. The bias of the plain product is below one in 2^32 here.
    pub fn below(&mut self, bound: u32) -> u32 {
        let high = u64::from(bound) * (self.next() >> 32);
        u32::try_from(high >> 32).expect("the product of two 32-bit numbers, halved, has 32 bits")
    }

    /// True once in `odds` times.
    pub fn one_in(&mut self, odds: u32) -> bool {
        self.below(odds) == 0
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let count = u32::try_from(from.len()).expect("a short list");
        &from[self.below(count) as usize]
    }
}

/// Gives every number another one: no two numbers give the same.
pub(super) fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_the_published_one() {
        let mut random = Random::new(1_234_567);
        let first: Vec<u64> = std::iter::repeat_with(|| random.next()).take(3).collect();
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn bounds_hold_and_everything_below_them_comes() {
        let mut random = Random::new(1);
        let mut seen = [0_u32; 7];
        (0..7000).for_each(|_| seen[random.below(7) as usize] += 1);
        assert!(seen.iter().all(|&count| count > 800), "{seen:?}");
    }
}
