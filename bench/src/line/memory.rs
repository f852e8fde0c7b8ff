//! Resident memory of a process, from `/proc/<pid>/status`.

/// Now, in MiB; 0 of one that is gone.
pub fn resident_mib(pid: u32) -> f64 {
    field(pid, "VmRSS:")
}

/// At the most since it began.
pub fn most_mib(pid: u32) -> f64 {
    field(pid, "VmHWM:")
}

fn field(pid: u32, name: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let kib = status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1_024.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_some_memory_and_one_that_is_gone_has_none() {
        let own = std::process::id();
        assert!(resident_mib(own) > 0.5 && most_mib(own) >= resident_mib(own) - 1.0);
        assert!(resident_mib(0) < f64::EPSILON);
    }
}
