//! The availability cache takes only what is not older, whoever writes it: a higher epoch beats any revision, so a
//! takeover empties what the owner before left there.

use docde_tests::World;
use domain::booking::TakenTime;
use domain::ids::DoctorId;
use domain::partition::PartitionId;
use platform::booking::availability::{self, CachedDay};
use platform::kv::Kv;
use redis::AsyncCommands;

#[tokio::test]
async fn the_cache_takes_only_what_is_not_older() {
    let world = World::new().await;
    let kv = Kv::from_env(&world.env()).expect("REDIS_URL");
    let (partition, doctor, day) =
        (PartitionId::new(0), DoctorId::generate(), "2026-12-01".parse().expect("a day"));
    let writes = [
        (9, 10, true),
        (9, 9, false),
        (9, 10, true),
        (9, 100, true),
        (10, 1, true),
        (9, 101, false),
        (100, 1, true),
        (99, 2, false),
    ];
    let mut connection = kv.connection().await.expect("Redis");
    let mut holds = None;
    for (epoch, revision, is_taken) in writes {
        let written = CachedDay { epoch, revision, taken: TakenTime::default() };
        availability::store(&kv, partition, &[(doctor, day, written)]).await.expect("written");
        if is_taken {
            holds = Some((epoch, revision));
        }
        let text: Option<String> = connection
            .get(CachedDay::key(kv.prefix(), partition, doctor, day))
            .await
            .expect("read");
        let read = text.as_deref().and_then(CachedDay::decode);
        assert_eq!(read.map(|day| (day.epoch, day.revision)), holds, "after {epoch} {revision}");
    }
    world.finish().await;
}
