//! Rows cut into slices, so that statements of few different lengths are prepared.

/// Slices of at most 256 rows: up to 16 as they are, more in a multiple of 16 and the rest. So few
/// statements of different length are prepared, and a batch takes two at most.
pub fn in_few_lengths<T>(rows: &[T]) -> Vec<&[T]> {
    const MAX: usize = 256;
    const STEP: usize = 16;
    let mut slices = Vec::new();
    let mut rest = rows;
    while !rest.is_empty() {
        let length =
            if rest.len() <= STEP { rest.len() } else { rest.len().min(MAX) / STEP * STEP };
        let (slice, tail) = rest.split_at(length);
        slices.push(slice);
        rest = tail;
    }
    slices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_hold_every_row_once() {
        let mut lengths = std::collections::BTreeSet::new();
        for count in 0..300 {
            let rows: Vec<usize> = (0..count).collect();
            let slices = in_few_lengths(&rows);
            assert_eq!(slices.concat(), rows);
            lengths.extend(slices.iter().map(|slice| slice.len()));
        }
        assert!(lengths.len() <= 32 && lengths.last() == Some(&256), "{lengths:?}");
    }
}
