//! Which faults, in which round: every six rounds hold every kind, each in a place and order that the seed gives.

use platform::crash::POINTS;
use platform::{broker, lock};
use std::time::Duration;

use crate::fleet::Kind;
use crate::servers::Server;
use docde_tests::Chance;

/// Rounds in which every fault happens.
pub const CYCLE: usize = 6;

/// One fault. Times are milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// Ends by itself at a named point.
    Crash(&'static str),
    /// A long-lived task of a service panics, and the process ends by itself with a failure code.
    Panic(Kind),
    /// kill -9 of a service.
    Kill(Kind),
    /// SIGSTOP of a service, for a moment.
    Freeze(Kind, u64),
    /// SIGSTOP of a worker with a batch in hand, beyond heartbeat, transaction and broker's patience; Redis, which
    /// holds its lock, is killed before it wakes.
    FreezeOwner,
    /// SIGTERM of the workers, one after the other.
    Roll,
    KillServer(Server),
    FreezeServer(Server, u64),
    /// SIGSTOP, then kill -9: what was written meanwhile is gone.
    FreezeAndKillServer(Server, u64),
}

/// When those who watch a service have given it up: a worker's lock outlives its heartbeat, the others are watched by
/// the broker alone. What is frozen for less is a stall, and proves only that nobody is hasty.
pub fn given_up_after(kind: Kind) -> Duration {
    match kind {
        Kind::Worker => lock::TIME_TO_LIVE,
        Kind::Ingress | Kind::Notifier => Duration::from_secs(2 * broker::HEARTBEAT_S),
    }
}

/// The same of a server. In MariaDB the workers' heartbeats grow old (5 s, by its own clock); Redis would have to
/// outlast the locks that it holds.
pub fn server_given_up_after(server: Server) -> Duration {
    match server {
        Server::RabbitMq => Duration::from_secs(2 * broker::HEARTBEAT_S),
        Server::MariaDb => Duration::from_secs(5),
        Server::Redis => lock::TIME_TO_LIVE,
    }
}

fn cycle() -> Vec<Vec<Fault>> {
    use Fault::{
        Crash, Freeze, FreezeAndKillServer, FreezeOwner, FreezeServer, Kill, KillServer, Panic,
        Roll,
    };
    let [
        after_confirm,
        before_answer,
        taken,
        before_commit,
        after_commit,
        held_back,
        after_outcomes,
        before_ack,
    ] = POINTS.map(Crash);
    vec![
        vec![taken, Kill(Kind::Ingress), before_commit, Kill(Kind::Notifier), Panic(Kind::Worker)],
        vec![
            FreezeAndKillServer(Server::RabbitMq, 700),
            after_commit,
            held_back,
            Freeze(Kind::Notifier, 1_500),
        ],
        vec![
            KillServer(Server::MariaDb),
            after_outcomes,
            after_confirm,
            Kill(Kind::Worker),
            Panic(Kind::Notifier),
        ],
        vec![FreezeOwner, FreezeServer(Server::RabbitMq, 12_000), Panic(Kind::Ingress)],
        vec![
            FreezeServer(Server::MariaDb, 6_500),
            before_ack,
            KillServer(Server::Redis),
            Freeze(Kind::Worker, 3_000),
        ],
        vec![
            KillServer(Server::RabbitMq),
            before_answer,
            FreezeServer(Server::Redis, 2_000),
            Roll,
            Freeze(Kind::Ingress, 2_000),
        ],
    ]
}

/// A list of faults for each round. Fewer rounds than a cycle hold more faults each, none is left out.
pub fn plan(rounds: usize, seed: u64) -> Vec<Vec<Fault>> {
    let mut chance = Chance::of(seed, 0);
    let mut plan: Vec<Vec<Fault>> = vec![Vec::new(); rounds];
    for first in (0..rounds).step_by(CYCLE) {
        let here = (rounds - first).min(CYCLE);
        let mut decks = cycle();
        chance.shuffle(&mut decks);
        let whole = first == 0 || here == CYCLE;
        for (index, mut deck) in
            decks.into_iter().enumerate().take(if whole { CYCLE } else { here })
        {
            chance.shuffle(&mut deck);
            plan[first + index % here].extend(deck);
        }
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_the_broker_and_the_database_are_frozen_until_they_are_given_up() {
        for frozen in [Server::RabbitMq, Server::MariaDb] {
            let long = |fault: &Fault| {
                matches!(fault, Fault::FreezeServer(server, millis) if *server == frozen
                && Duration::from_millis(*millis) > server_given_up_after(frozen))
            };
            assert!(cycle().concat().iter().any(long), "{frozen:?}");
        }
        assert!(cycle().concat().contains(&Fault::FreezeOwner), "which waits for it by itself");
    }

    #[test]
    fn any_number_of_rounds_reaches_every_crash_point_and_every_kind() {
        for rounds in [1, 2, 5, 6, 7, 13, 100] {
            let plan = plan(rounds, 42);
            assert_eq!(plan.len(), rounds);
            let all: Vec<Fault> = plan.concat();
            for fault in cycle().concat() {
                assert!(all.contains(&fault), "{fault:?} in {rounds} rounds");
            }
            assert!(plan.iter().all(|round| !round.is_empty()));
        }
        assert_ne!(plan(6, 1), plan(6, 2));
        assert_eq!(plan(6, 1), plan(6, 1));
    }
}
