//! Batches that the workers have committed, from their metrics.

use crate::http::Connection;

/// The workers' histogram of commands a batch, by partition.
const METRIC: &str = "docde_batch_commands";
/// Their counter of batches that were rolled back and decided again.
const AGAIN: &str = "docde_batches_again_total";

/// So far, over all partitions.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub struct Batches {
    pub committed: f64,
    pub commands: f64,
    /// For a deadlock or a lock wait.
    pub again: f64,
}

/// Asks every worker at its health listener; one that does not answer counts nothing.
pub async fn read(health: &[String]) -> Batches {
    let mut sum = Batches::default();
    for address in health {
        let request = format!("GET /metrics HTTP/1.1\r\nhost: {address}\r\n\r\n");
        let Ok(mut connection) = Connection::open(address).await else { continue };
        let Ok(answer) = connection.exchange(request.as_bytes()).await else { continue };
        let of_worker = parse(answer.body);
        sum.committed += of_worker.committed;
        sum.commands += of_worker.commands;
        sum.again += of_worker.again;
    }
    sum
}

fn parse(metrics: &str) -> Batches {
    let sum_of = |name: &str, ending: &str| {
        metrics
            .lines()
            .filter_map(|line| {
                let rest = line.strip_prefix(name)?.strip_prefix(ending)?;
                rest.rsplit(' ').next()?.parse::<f64>().ok()
            })
            .sum()
    };
    Batches {
        committed: sum_of(METRIC, "_count{"),
        commands: sum_of(METRIC, "_sum{"),
        again: sum_of(AGAIN, "{"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_summed_over_partitions() {
        let text = "# TYPE docde_batch_commands histogram\n\
            docde_batch_commands_bucket{partition=\"0\",le=\"1\"} 4\n\
            docde_batch_commands_sum{partition=\"0\"} 250\n\
            docde_batch_commands_count{partition=\"0\"} 5\n\
            docde_batch_commands_sum{partition=\"1\"} 1\n\
            docde_batch_commands_count{partition=\"1\"} 1\n\
            docde_batches_again_total{partition=\"0\"} 2\n\
            docde_batches_again_total{partition=\"1\"} 1\n\
            docde_decided_total{partition=\"0\",outcome=\"confirmed\"} 250\n";
        assert_eq!(parse(text), Batches { committed: 6.0, commands: 251.0, again: 3.0 });
        assert_eq!(parse(""), Batches::default());
    }
}
