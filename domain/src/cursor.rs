//! A listener's cursor: the last event seen of every partition. One number would not do, since
//! partitions commit independently and a later number can be committed before an earlier one.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::partition::PartitionId;

/// Last seen event number per partition. Opaque to clients.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cursor(Vec<u64>);

/// The text is not a cursor of this system.
#[derive(Debug, thiserror::Error)]
#[error("this is not a cursor that was given out here")]
pub struct BadCursor;

impl Cursor {
    /// Nothing seen yet, of `partitions` partitions.
    pub fn start(partitions: u16) -> Self {
        Self(vec![0; usize::from(partitions)])
    }

    pub fn seen(&self, partition: PartitionId) -> u64 {
        self.0.get(usize::from(partition.index())).copied().unwrap_or(0)
    }

    /// Moves forward to `seq`; false when that was seen already.
    pub fn advance(&mut self, partition: PartitionId, seq: u64) -> bool {
        let index = usize::from(partition.index());
        if index >= self.0.len() {
            self.0.resize(index + 1, 0);
        }
        let newer = seq > self.0[index];
        if newer {
            self.0[index] = seq;
        }
        newer
    }

    /// Base64url of LEB128 numbers, partition 0 first.
    pub fn encode(&self) -> String {
        let mut bytes = Vec::with_capacity(self.0.len() * 3);
        for seq in &self.0 {
            let mut rest = *seq;
            while rest >= 0x80 {
                bytes.push((rest & 0x7f) as u8 | 0x80);
                rest >>= 7;
            }
            bytes.push((rest & 0x7f) as u8);
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads [`Cursor::encode`]'s text; another number of partitions is refused.
    pub fn decode(text: &str, partitions: u16) -> Result<Self, BadCursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadCursor)?;
        let mut seqs = Vec::with_capacity(usize::from(partitions));
        let (mut value, mut shift) = (0_u64, 0_u32);
        for byte in bytes {
            if shift > 56 {
                return Err(BadCursor);
            }
            value |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                seqs.push(value);
                (value, shift) = (0, 0);
            }
        }
        if shift != 0 || seqs.len() != usize::from(partitions) {
            return Err(BadCursor);
        }
        Ok(Self(seqs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn reads_what_it_wrote(seqs in proptest::collection::vec(0_u64..(1 << 53), 1..20)) {
            let count = u16::try_from(seqs.len()).unwrap();
            let cursor = Cursor(seqs);
            prop_assert_eq!(Cursor::decode(&cursor.encode(), count).unwrap(), cursor);
        }

        #[test]
        fn never_panics_on_text(text in "[A-Za-z0-9_-]{0,40}") {
            let _ = Cursor::decode(&text, 8);
        }
    }

    #[test]
    fn advances_only_forward() {
        let mut cursor = Cursor::start(2);
        assert!(cursor.advance(PartitionId::new(1), 5));
        assert!(!cursor.advance(PartitionId::new(1), 5));
        assert!(!cursor.advance(PartitionId::new(1), 4));
        assert_eq!(cursor.seen(PartitionId::new(0)), 0);
        assert!(Cursor::decode(&cursor.encode(), 3).is_err());
    }
}
