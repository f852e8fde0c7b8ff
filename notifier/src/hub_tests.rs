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
    let (mut slow, mut quick, mut stranger) = (
        hub.register(account, SessionId::generate(), 9),
        hub.register(account, SessionId::generate(), 9),
        hub.register(other, SessionId::generate(), 9),
    );
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
    let (first, mut second) = (
        hub.register(account, SessionId::generate(), 9),
        hub.register(account, SessionId::generate(), 9),
    );
    let mut third = hub.register(account, SessionId::generate(), 9);
    assert_eq!(third.close.take().unwrap().try_recv(), Ok(Close::TooMany));
    assert!(second.close.take().unwrap().try_recv().is_err());
    assert!(
        hub.register(AccountId::generate(), SessionId::generate(), 9)
            .close
            .take()
            .unwrap()
            .try_recv()
            .is_err(),
        "another account's"
    );
    drop((first, third));
    assert!(
        hub.register(account, SessionId::generate(), 9).close.take().unwrap().try_recv().is_err(),
        "a place is free again"
    );
}

#[test]
fn an_expired_token_ends_its_socket() {
    let hub = Arc::new(Hub::new(&[0], 2, 2));
    let (mut old, mut new) = (
        hub.register(AccountId::generate(), SessionId::generate(), 100),
        hub.register(AccountId::generate(), SessionId::generate(), 101),
    );
    hub.expire(100);
    assert_eq!(old.close.take().unwrap().try_recv(), Ok(Close::Expired));
    assert!(new.close.take().unwrap().try_recv().is_err());
}

#[test]
fn the_sockets_of_an_ended_session_are_sent_away_and_no_others() {
    let hub = Arc::new(Hub::new(&[0], 2, 9));
    let (account, other) = (AccountId::generate(), AccountId::generate());
    let [session, another] = [(); 2].map(|()| SessionId::generate());
    let mut ended = [(); 2].map(|()| hub.register(account, session, 9));
    let mut left = [hub.register(account, another, 9), hub.register(other, session, 9)];
    hub.end_session(account, session);
    for registration in &mut ended {
        assert_eq!(registration.close.take().unwrap().try_recv(), Ok(Close::SignedOut));
    }
    for registration in &mut left {
        assert!(registration.close.take().unwrap().try_recv().is_err());
    }
}

#[tokio::test]
async fn a_drain_sends_everybody_away_and_takes_no_more() {
    let hub = Arc::new(Hub::new(&[0], 2, 2));
    let mut before = hub.register(AccountId::generate(), SessionId::generate(), 9);
    hub.drain(Duration::from_millis(1)).await;
    let mut after = hub.register(AccountId::generate(), SessionId::generate(), 9);
    for registration in [&mut before, &mut after] {
        assert_eq!(registration.close.take().unwrap().try_recv(), Ok(Close::Restart));
    }
}

#[test]
fn a_dropped_socket_leaves_nothing_behind() {
    let hub = Arc::new(Hub::new(&[0], 2, 2));
    let account = AccountId::generate();
    drop(hub.register(account, SessionId::generate(), 9));
    assert!(hub.shard(account).is_empty());
}
