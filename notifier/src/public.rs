//! Sockets that anybody may open, without a token: they are sent one text, anew whenever it changes, and nothing of an
//! account. They have a budget of their own, so that however many there are, patients' sockets lose no place.

use platform::lifecycle::Shutdown;
use platform::metrics;
use std::collections::HashMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;

use crate::close::Close;
use crate::handshake::Refusal;
use crate::hearing::Hearing;
use crate::wire::Wire;

/// What a public socket shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Public {
    /// Not known yet.
    Unread,
    /// There is nothing for the public here, or no more.
    Gone,
    /// This is to be seen; `frame` is what is sent when `look` has changed.
    Shown { look: String, frame: Arc<str> },
}

/// Who wants to be told of changes.
pub type Viewer = watch::Receiver<Public>;

/// How many public sockets there may be.
#[derive(Clone, Copy, Debug)]
pub struct PublicLimits {
    /// `DOCDE_MAX_BOARDS` (500).
    pub count: usize,
    /// `DOCDE_MAX_BOARDS_PER_ADDRESS` (5).
    pub per_address: usize,
}

/// The seats that are taken.
pub struct Budget {
    limits: PublicLimits,
    taken: Mutex<HashMap<IpAddr, usize>>,
}

/// The right to one public socket. Dropping it gives it back.
pub struct Seat {
    budget: Arc<Budget>,
    address: IpAddr,
}

impl Budget {
    pub fn new(limits: PublicLimits) -> Self {
        Self { limits, taken: Mutex::default() }
    }

    pub fn seat(self: &Arc<Self>, address: IpAddr) -> Result<Seat, Refusal> {
        let mut taken = self.lock();
        if taken.get(&address).is_some_and(|count| *count >= self.limits.per_address) {
            return Err(Refusal::TooManyOfAddress);
        }
        if taken.values().sum::<usize>() >= self.limits.count {
            return Err(Refusal::Full);
        }
        *taken.entry(address).or_default() += 1;
        metrics::BOARD_SOCKETS.inc();
        Ok(Seat { budget: Arc::clone(self), address })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.budget.lock();
        if let Some(count) = taken.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.address);
            }
        }
        metrics::BOARD_SOCKETS.dec();
    }
}

/// Serves a public socket to its end.
pub async fn serve(
    socket: WebSocketStream<TcpStream>,
    viewer: Viewer,
    seat: Seat,
    ping: Duration,
    shutdown: Shutdown,
) {
    // Never told: the hub does not know this socket.
    let (_kept, closing) = oneshot::channel();
    let mut wire = Wire::new(socket, closing, ping * 2);
    let Err(reason) = live(&mut wire, viewer, ping, &shutdown).await;
    metrics::SOCKETS_CLOSED.with_label_values(&[&*reason.label()]).inc();
    wire.finish(reason).await;
    drop(seat);
}

async fn live(
    wire: &mut Wire,
    mut viewer: Viewer,
    ping: Duration,
    shutdown: &Shutdown,
) -> Result<Infallible, Close> {
    let mut pings = tokio::time::interval_at(Instant::now() + ping, ping);
    let mut hearing = Hearing::new(ping);
    viewer.mark_changed();
    loop {
        tokio::select! {
            heard = wire.hear() => hearing.note(&heard?)?,
            changed = viewer.changed() => {
                let shown = viewer.borrow_and_update().clone();
                match (changed, shown) {
                    (Ok(()), Public::Shown { frame, .. }) => wire.send([(&*frame).into()]).await?,
                    (Ok(()), Public::Unread) => {}
                    _ => return Err(Close::Restart),
                }
            }
            _ = pings.tick() => {
                hearing.check()?;
                wire.ping().await?;
            }
            () = shutdown.stopping() => return Err(Close::Restart),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_is_of_its_address_and_of_all_and_is_given_back() {
        let budget = Arc::new(Budget::new(PublicLimits { count: 3, per_address: 2 }));
        let [one, other] = ["192.0.2.1", "192.0.2.2"].map(|text| text.parse::<IpAddr>().unwrap());
        let (first, _second) = (budget.seat(one).ok().unwrap(), budget.seat(one).ok().unwrap());
        assert_eq!(budget.seat(one).err(), Some(Refusal::TooManyOfAddress));
        let _third = budget.seat(other).ok().unwrap();
        assert_eq!(budget.seat(other).err(), Some(Refusal::Full));
        drop(first);
        assert!(budget.seat(other).is_ok());
    }
}
