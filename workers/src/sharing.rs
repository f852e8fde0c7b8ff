//! How a partition's two queues share a batch. The desk's is read first and has at most half of it while the other has
//! any, so neither waits behind the other. A message that came again, or was given up by the broker, comes alone; where that
//! keeps the usual queue out of a batch, the next one is that queue's.

use std::collections::VecDeque;

use crate::intake::Message;

/// Whose turn it is.
#[derive(Default)]
pub struct Sharing {
    /// The usual queue had something, and nothing of it came into the batch before.
    usual_waited: bool,
}

/// Messages that are settled together.
pub struct Shared {
    /// The desk's first.
    pub messages: Vec<Message>,
    /// How many are the desk's.
    pub of_desk: usize,
}

impl Sharing {
    /// Takes the next batch of about `size` commands, as far as whole messages allow.
    pub fn next(
        &mut self,
        desk: &mut VecDeque<Message>,
        usual: &mut VecDeque<Message>,
        size: usize,
    ) -> Shared {
        let both = !desk.is_empty() && !usual.is_empty();
        let mut batch = Vec::new();
        let half = (size / 2).max(1);
        if both && !self.usual_waited {
            take(desk, &mut batch, |taken, more| taken == 0 || taken + more <= half);
        } else if !both {
            take(desk, &mut batch, |taken, _| taken < size);
        }
        let of_desk = batch.len();
        let left = size.saturating_sub(batch.iter().map(|message| message.frames.len()).sum());
        take(usual, &mut batch, |taken, _| taken < left);
        self.usual_waited = both && batch.len() == of_desk;
        Shared { messages: batch, of_desk }
    }
}

/// Moves messages from the front while `fits` says so of the commands taken and those of the next.
fn take(
    queue: &mut VecDeque<Message>,
    batch: &mut Vec<Message>,
    fits: impl Fn(usize, usize) -> bool,
) {
    let mut taken = 0;
    while let Some(message) = queue.front() {
        let alone = message.is_special() || batch.last().is_some_and(Message::is_special);
        if (alone && !batch.is_empty()) || !fits(taken, message.frames.len()) {
            return;
        }
        taken += message.frames.len();
        batch.extend(queue.pop_front());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::Frame;
    use domain::conservation::Numbers;
    use domain::wire::BadFrame;
    use uuid::Uuid;

    const SIZE: usize = 8;

    /// A message of so many commands; its tag tells it from others.
    fn message(tag: u64, commands: usize) -> Message {
        let frame = |seq| {
            let bad = BadFrame { request_id: None, account_id: None, reason: String::new() };
            Frame { seq, line: Vec::new(), command: Err(bad), trace: None }
        };
        let (publisher, numbers) = (Uuid::nil(), Numbers::default());
        let frames = (0..commands as u64).map(frame).collect();
        Message { tag, redelivered: false, publisher, numbers, frames, dead: None }
    }

    fn queue(first: u64, sizes: &[usize]) -> VecDeque<Message> {
        (first..).zip(sizes).map(|(tag, size)| message(tag, *size)).collect()
    }

    /// The tags of each batch until nothing is left, with the number of the desk's messages.
    fn batches(
        mut desk: VecDeque<Message>,
        mut usual: VecDeque<Message>,
    ) -> Vec<(Vec<u64>, usize)> {
        let mut sharing = Sharing::default();
        let mut found = Vec::new();
        while !(desk.is_empty() && usual.is_empty()) {
            let Shared { messages, of_desk } = sharing.next(&mut desk, &mut usual, SIZE);
            assert!(!messages.is_empty(), "each batch takes something");
            found.push((messages.iter().map(|message| message.tag).collect(), of_desk));
        }
        found
    }

    #[test]
    fn the_desk_comes_first_and_has_at_most_half_while_both_have_some() {
        let found = batches(queue(1, &[1; 7]), queue(11, &[2, 2, 64]));
        assert_eq!(
            found,
            [(vec![1, 2, 3, 4, 11, 12], 4), (vec![5, 6, 7, 13], 3)],
            "four of eight, and the rest with a large one"
        );
        assert_eq!(batches(queue(1, &[3, 3]), queue(11, &[4])), [(vec![1, 11], 1), (vec![2], 1)]);
    }

    #[test]
    fn one_that_has_no_company_has_the_whole_batch() {
        assert_eq!(batches(queue(1, &[1; 9]), VecDeque::new())[0].0.len(), SIZE);
        assert_eq!(batches(VecDeque::new(), queue(1, &[1; 9]))[0], ((1..=8).collect(), 0));
    }

    #[test]
    fn what_came_again_comes_alone_and_the_queues_take_turns() {
        let mut desk = queue(1, &[1; 6]);
        desk.iter_mut().take(2).for_each(|message| message.redelivered = true);
        let mut usual = queue(11, &[1; 2]);
        usual.iter_mut().for_each(|message| message.redelivered = true);
        let found = batches(desk, usual);
        let order: Vec<Vec<u64>> = found.into_iter().map(|(tags, _)| tags).collect();
        assert_eq!(order, [vec![1], vec![11], vec![2], vec![12], vec![3, 4, 5, 6]]);
    }

    #[test]
    fn a_message_larger_than_half_a_batch_is_taken_all_the_same() {
        let found = batches(queue(1, &[64, 1]), queue(11, &[1, 1]));
        assert_eq!(found, [(vec![1], 1), (vec![11, 12], 0), (vec![2], 1)]);
    }
}
