//! The requests of an opening, whole before it begins: the generator has enough to do in that second.

use domain::ids::{IdempotencyKey, RequestId};
use rand::RngExt;
use rand_pcg::Pcg64Mcg;
use std::time::Duration;
use uuid::Uuid;

use crate::http::RequestTemplate;
use crate::slot_picker::{self, WantedSlot};
use crate::world::World;

/// Within which all are meant to start.
pub const SPAN: Duration = Duration::from_secs(1);

/// One request.
#[derive(Clone, Debug)]
pub struct Call {
    /// When it is meant to start, from the opening on.
    pub due: Duration,
    pub account: usize,
    pub id: Uuid,
    pub request: Vec<u8>,
}

/// Moments spread over the span by chance, in their order.
pub fn moments(count: usize, random: &mut Pcg64Mcg) -> Vec<Duration> {
    let mut moments: Vec<_> =
        (0..count).map(|_| SPAN.mul_f64(random.random_range(0.0..1.0))).collect();
    moments.sort_unstable();
    moments
}

/// One request for each that is wanted, in the order of their moments.
pub fn prepare(
    world: &World,
    address: &str,
    wanted: &[(usize, WantedSlot)],
    random: &mut Pcg64Mcg,
) -> Vec<Call> {
    let run = Uuid::now_v7().simple();
    let templates: Vec<_> = world
        .accounts
        .iter()
        .map(|account| RequestTemplate::new(address, &account.token, "respond-async"))
        .collect();
    let moments = moments(wanted.len(), random);
    let each = wanted.iter().zip(moments).enumerate();
    each.filter_map(|(n, ((account, wanted), due))| {
        let key = format!("opening-{run}-{n:06}");
        let sender = world.accounts.get(*account)?;
        let id = RequestId::of(sender.id, &IdempotencyKey::parse(&key).ok()?).uuid();
        let body = slot_picker::body(world, *account, *wanted);
        let request = templates.get(*account)?.booking(&key, &body);
        Some(Call { due, account: *account, id, request })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::opening::{Crowd, cast};
    use crate::slot_picker::TakenSlots;
    use domain::ids::{AccountId, DoctorId, PatientId};
    use rand::SeedableRng;
    use std::collections::HashSet;

    #[test]
    fn all_are_meant_to_start_within_the_second_and_spread_over_it() {
        let moments = moments(20_000, &mut Pcg64Mcg::seed_from_u64(5));
        assert!(moments.is_sorted());
        assert!(moments.iter().all(|moment| *moment < SPAN));
        for tenth in 0..10 {
            let (from, to) = (SPAN / 10 * tenth, SPAN / 10 * (tenth + 1));
            let within = moments.iter().filter(|moment| (from..to).contains(*moment)).count();
            assert!((1_800..2_200).contains(&within), "{within} in tenth {tenth}");
        }
    }

    #[test]
    fn everybody_asks_once_for_a_time_of_their_own() {
        let crowd = Crowd { requests: 1_000, connections: 60 };
        let account = || crate::world::Account {
            id: AccountId::generate(),
            token: "a.b.c".to_owned(),
            patients: (0..crowd.family()).map(|_| PatientId::generate()).collect(),
        };
        let world = World {
            hospitals: Vec::new(),
            doctors: (0..70).map(|_| DoctorId::generate()).collect(),
            accounts: (0..crowd.accounts()).map(|_| account()).collect(),
            first_day: "2026-11-23".parse().unwrap(),
        };
        let free = TakenSlots { first: vec![100; 70], count: cast::slots_a_doctor(&world, crowd) };
        let mut random = Pcg64Mcg::seed_from_u64(6);
        let wanted = cast::wanted(crowd, &free, &mut random);
        let calls = prepare(&world, "127.0.0.1:1", &wanted, &mut random);
        assert_eq!(calls.len(), 1_000);
        let (mut ids, mut patients, mut times) = (HashSet::new(), HashSet::new(), HashSet::new());
        for call in &calls {
            assert!(ids.insert(call.id));
            let text = std::str::from_utf8(&call.request).unwrap();
            let member = |name| crate::http::member(text, name).unwrap();
            assert!(patients.insert(member("patient_id").to_owned()), "one request a patient");
            assert!(times.insert((member("doctor_id").to_owned(), member("starts_at").to_owned())));
        }
        assert!(calls.is_sorted_by_key(|call| call.due));
    }
}
