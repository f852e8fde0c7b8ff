//! Listeners: full queues, bounded accounts, expired tokens, drains.

use super::*;
use domain::event::EventKind;

const P: PartitionId = PartitionId::new(0);

fn tell(hub: &Hub, seq: u64, account: AccountId) {
    let told = || Told::new(P, seq, EventKind::Outcome, domain::time::from_millis(0), "{}");
    hub.tell(P, seq, account, told);
}

#[test]
fn a_full_queue_sends_its_socket_away_and_no_other() {
    let hub = Arc::new(Hub::new(&[0], 2, 2));
    let (account, other) = (AccountId::generate(), AccountId::generate());
    let (mut slow, mut quick, mut stranger) =
        (hub.register(account, 9), hub.register(account, 9), hub.register(other, 9));
    for seq in 1..=3 {
        tell(&hub, seq, account);
        assert_eq!(quick.frames.try_recv().unwrap().seq, seq);
    }
    assert_eq!(slow.close.take().unwrap().try_recv(), Ok(Close::TryLater));
    assert!(quick.close.take().unwrap().try_recv().is_err());
    assert!(stranger.frames.try_recv().is_err());
    assert_eq!(hub.reached(P), Some(3));
}

#[test]
fn an_account_has_a_bounded_number_of_sockets() {
    let hub = Arc::new(Hub::new(&[0], 2, 2));
    let account = AccountId::generate();
    let (first, mut second) = (hub.register(account, 9), hub.register(account, 9));
    let mut third = hub.register(account, 9);
    assert_eq!(third.close.take().unwrap().try_recv(), Ok(Close::TooMany));
    assert!(second.close.take().unwrap().try_recv().is_err());
    assert!(
        hub.register(AccountId::generate(), 9).close.take().unwrap().try_recv().is_err(),
        "another account's"
    );
    drop((first, third));
    assert!(
        hub.register(account, 9).close.take().unwrap().try_recv().is_err(),
        "a place is free again"
    );
}

#[test]
fn an_expired_token_ends_its_socket() {
    let hub = Arc::new(Hub::new(&[0], 2, 2));
    let (mut old, mut new) =
        (hub.register(AccountId::generate(), 100), hub.register(AccountId::generate(), 101));
    hub.expire(100);
    assert_eq!(old.close.take().unwrap().try_recv(), Ok(Close::Expired));
    assert!(new.close.take().unwrap().try_recv().is_err());
}

#[tokio::test]
async fn a_drain_sends_everybody_away_and_takes_no_more() {
    let hub = Arc::new(Hub::new(&[0], 2, 2));
    let mut before = hub.register(AccountId::generate(), 9);
    hub.drain(Duration::from_millis(1)).await;
    let mut after = hub.register(AccountId::generate(), 9);
    for registration in [&mut before, &mut after] {
        assert_eq!(registration.close.take().unwrap().try_recv(), Ok(Close::Restart));
    }
}

#[test]
fn a_dropped_socket_leaves_nothing_behind() {
    let hub = Arc::new(Hub::new(&[0], 2, 2));
    let account = AccountId::generate();
    drop(hub.register(account, 9));
    assert!(hub.shard(account).is_empty());
}
