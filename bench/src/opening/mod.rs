//! The load `opening`: many patients, each with one request, all meant to start within one second, over few
//! connections. The loop is open: each request has its moment whatever comes back, and its times count from there. It
//! is over when every patient knows the outcome.

pub mod baseline_side;
pub mod calls;
pub mod cast;
pub mod figures;
pub mod rush;
pub mod system_side;

/// How many, over how many connections.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Crowd {
    pub requests: usize,
    /// HTTP connections and sockets together, of one side at any time.
    pub connections: usize,
}

impl Crowd {
    /// Families with a socket each, over which all of their patients are told.
    pub fn accounts(self) -> usize {
        (self.connections / 2).clamp(1, self.requests.max(1))
    }

    /// HTTP connections beside the sockets.
    pub fn http_connections(self) -> usize {
        self.connections.saturating_sub(self.accounts()).clamp(1, self.requests.max(1))
    }

    /// HTTP connections where there are no sockets.
    pub fn http_connections_alone(self) -> usize {
        self.connections.clamp(1, self.requests.max(1))
    }

    /// Patients of an account.
    pub fn family(self) -> usize {
        self.requests.div_ceil(self.accounts())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_and_connections_together_are_no_more_than_allowed() {
        for (requests, connections) in [(20_000, 2_000), (1_000, 101), (7, 2_000), (5, 2)] {
            let crowd = Crowd { requests, connections };
            assert!(crowd.accounts() + crowd.http_connections() <= connections, "{crowd:?}");
            assert!(crowd.http_connections_alone() <= connections, "{crowd:?}");
            assert!(crowd.accounts() * crowd.family() >= requests, "{crowd:?}");
        }
    }
}
