//! Processor time of processes, from `/proc/<pid>/stat`: user and kernel time of all threads, and of child processes,
//! dead or alive, where a process is counted with them.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use crate::targets::run_pids;

/// Microseconds of a tick of `/proc`: what the kernel tells programs is in hundredths of a second on every
/// architecture that this runs on.
const TICK_US: u64 = 10_000;

/// A process that is counted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Watched {
    /// Replicas of one service share a name.
    pub name: String,
    pub pid: u32,
    pub with_children: bool,
}

/// Microseconds so far, by name.
pub type Times = BTreeMap<String, u64>;

/// The set's processes, by the run files in this folder: services, servers and the proxy.
pub fn of_set(run: &Path) -> Vec<Watched> {
    run_pids(run)
        .into_iter()
        .map(|(name, pid)| Watched { name: process_name(&name), pid, with_children: true })
        .collect()
}

/// `workers-2` is one of the workers; MariaDB's program has a name of its own.
fn process_name(run_file: &str) -> String {
    let numbered = run_file
        .rsplit_once('-')
        .filter(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()));
    match numbered.map_or(run_file, |(name, _)| name) {
        "mariadb" => "mariadbd".to_owned(),
        name => name.to_owned(),
    }
}

/// What these have used. One that is gone is left out.
pub fn times(watched: &[Watched]) -> Times {
    let stats = all_stats();
    let mut times = Times::new();
    for process in watched {
        if let Some(used) = used(&stats, process) {
            *times.entry(process.name.clone()).or_default() += used;
        }
    }
    times
}

fn used(stats: &HashMap<u32, Stat>, process: &Watched) -> Option<u64> {
    let root = stats.get(&process.pid)?;
    if !process.with_children {
        return Some(root.own * TICK_US);
    }
    let (mut ticks, mut open) = (0, vec![process.pid]);
    while let Some(pid) = open.pop() {
        ticks += stats.get(&pid).map_or(0, |stat| stat.own + stat.reaped);
        open.extend(stats.iter().filter(|(_, stat)| stat.parent == pid).map(|(child, _)| *child));
    }
    Some(ticks * TICK_US)
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Stat {
    parent: u32,
    /// Ticks of its own threads.
    own: u64,
    /// Ticks of children that have ended and were waited for.
    reaped: u64,
}

fn all_stats() -> HashMap<u32, Stat> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return HashMap::new() };
    entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let text = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            Some((pid, parse(&text)?))
        })
        .collect()
}

/// The name, in parentheses, may hold anything, spaces and parentheses too; the fields are counted from its end.
fn parse(stat: &str) -> Option<Stat> {
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        own: ticks(11)? + ticks(12)?,
        reaped: ticks(13)? + ticks(14)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    #[test]
    fn a_process_whose_name_has_spaces_and_parentheses_is_read() {
        let text = "4242 (a) b (c) S 7 4242 4242 0 -1 4194560 1 2 3 4 150 50 20 5 20 0 9 0 100 1 2";
        assert_eq!(parse(text), Some(Stat { parent: 7, own: 200, reaped: 25 }));
        assert_eq!(parse("4242 (a) S 7"), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn replicas_share_their_service_s_name() {
        assert_eq!(process_name("workers-12"), "workers");
        assert_eq!(process_name("mariadb"), "mariadbd");
        assert_eq!(process_name("rabbitmq"), "rabbitmq");
    }

    #[test]
    fn children_are_counted_where_asked_for_dead_or_alive() {
        let stat = |parent, own, reaped| Stat { parent, own, reaped };
        let stats: HashMap<_, _> = [
            (10, stat(1, 100, 7)),
            (11, stat(10, 20, 0)),
            (12, stat(11, 3, 1)),
            (13, stat(1, 500, 0)),
        ]
        .into();
        let of = |with_children| Watched { name: String::new(), pid: 10, with_children };
        assert_eq!(used(&stats, &of(false)), Some(100 * TICK_US));
        assert_eq!(used(&stats, &of(true)), Some((100 + 7 + 20 + 3 + 1) * TICK_US));
        assert_eq!(used(&stats, &Watched { pid: 99, ..of(true) }), None);
    }

    #[test]
    fn the_time_of_a_process_that_works_is_about_the_time_that_passes() {
        let mut child = Command::new("sh")
            .args(["-c", "while :; do :; done"])
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let busy = Watched { name: "sh".to_owned(), pid: child.id(), with_children: true };
        let since = Instant::now();
        // On a machine that others use it may have to wait for its turn, but never gets more than there is.
        while times(std::slice::from_ref(&busy))["sh"] < 200_000
            && since.elapsed() < Duration::from_secs(30)
        {
            std::thread::sleep(Duration::from_millis(10));
        }
        let (took, used) = (since.elapsed(), times(std::slice::from_ref(&busy))["sh"]);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(used >= 200_000, "{used} us in {took:?}");
        assert!(u128::from(used) <= took.as_micros() + 50_000, "{used} us in {took:?}");
    }
}
