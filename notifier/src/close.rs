//! Why a socket ends, and what its peer and the metrics are told.

use std::borrow::Cow;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// A reason, always sent where the peer can still be reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Close {
    /// This replica stops: connect again, to another one (1012).
    Restart,
    /// The peer reads too slowly, or the database does not answer: try again later (1013).
    TryLater,
    /// The token has expired: sign in again (4401).
    Expired,
    /// The session of its token has ended (4401).
    SignedOut,
    /// The peer talks, and has nothing to say (1008).
    Chatty,
    /// The account has all the sockets that one may have here (1008).
    TooMany,
    /// No sign of life within two pings (1011).
    Silent,
    /// A frame beyond what is read here (1009).
    TooBig,
    /// What came is no frame of the protocol (1002).
    Protocol,
    /// Text that is not UTF-8 (1007).
    NotUtf8,
    /// The peer said goodbye, with this code.
    ByPeer(u16),
    /// The connection broke.
    Gone,
}

impl Close {
    /// The reason behind a failed read or write.
    pub fn of(error: &Error) -> Self {
        match error {
            Error::Capacity(_) => Close::TooBig,
            Error::WriteBufferFull(_) => Close::TryLater,
            Error::Utf8(_) => Close::NotUtf8,
            Error::Protocol(error) if !is_end(error) => Close::Protocol,
            _ => Close::Gone,
        }
    }

    /// Code and text for the peer; none where it has left.
    pub fn frame(self) -> Option<CloseFrame> {
        let (code, reason) = match self {
            Close::Restart => (1012, "restart"),
            Close::TryLater => (1013, "too slow, try again"),
            Close::Expired => (4401, "token expired"),
            Close::SignedOut => (4401, "session ended"),
            Close::Chatty => (1008, "nothing is read here"),
            Close::TooMany => (1008, "too many sockets of this account"),
            Close::Silent => (1011, "no answer to pings"),
            Close::TooBig => (1009, "frame too big"),
            Close::Protocol => (1002, "not a frame of the protocol"),
            Close::NotUtf8 => (1007, "text is UTF-8"),
            Close::ByPeer(_) | Close::Gone => return None,
        };
        Some(CloseFrame { code: code.into(), reason: reason.into() })
    }

    /// The metric's label. Peers choose their codes freely, so only the usual ones get a label of their own.
    pub fn label(self) -> Cow<'static, str> {
        match self {
            Close::Gone => "1006".into(),
            Close::ByPeer(code @ (1000 | 1001 | 1005)) => code.to_string().into(),
            Close::ByPeer(_) => "other".into(),
            ours => ours
                .frame()
                .map_or("other".into(), |frame| u16::from(frame.code).to_string().into()),
        }
    }
}

/// The library names the end of a connection an error of the protocol too.
fn is_end(error: &ProtocolError) -> bool {
    use ProtocolError::{ReceivedAfterClosing, ResetWithoutClosingHandshake, SendAfterClosing};
    matches!(error, ReceivedAfterClosing | ResetWithoutClosingHandshake | SendAfterClosing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_few() {
        assert_eq!(Close::Expired.label(), "4401");
        assert_eq!(Close::TryLater.label(), "1013");
        assert_eq!(Close::ByPeer(1001).label(), "1001");
        assert_eq!(Close::ByPeer(4999).label(), "other");
    }
}
