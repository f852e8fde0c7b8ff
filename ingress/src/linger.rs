//! Connections that hear out their peer after the last answer, or the answer to a request whose body was not read would
//! be lost: see `platform::linger`.

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use platform::lifecycle::Shutdown;
use platform::linger::hear_out;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// For what the peer of an ended connection still sends.
const MAX_TIME: Duration = Duration::from_secs(30);

/// Listens for connections that linger.
pub(crate) struct Lingering {
    listener: TcpListener,
    shutdown: Shutdown,
}

/// The address of a connection's peer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub SocketAddr);

/// One connection.
pub(crate) enum LingeringStream {
    Open(TcpStream, Shutdown),
    Ending(Pin<Box<dyn Future<Output = ()> + Send>>),
    Ended,
}

impl Lingering {
    pub fn new(listener: TcpListener, shutdown: Shutdown) -> Self {
        Self { listener, shutdown }
    }
}

impl Listener for Lingering {
    type Io = LingeringStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (LingeringStream, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        let _ = stream.set_nodelay(true);
        (LingeringStream::Open(stream, self.shutdown.clone()), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Connected<IncomingStream<'_, Lingering>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Lingering>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// A service that stops does not wait for it.
async fn end(mut stream: TcpStream, shutdown: Shutdown) {
    tokio::select! {
        () = hear_out(&mut stream, MAX_TIME) => {}
        () = shutdown.stopping() => {}
    }
}

impl AsyncRead for LingeringStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Open(stream, _) => Pin::new(stream).poll_read(context, buffer),
            _ => Poll::Ready(Ok(())),
        }
    }
}

impl AsyncWrite for LingeringStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut *self {
            Self::Open(stream, _) => Pin::new(stream).poll_write(context, bytes),
            _ => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut *self {
            Self::Open(stream, _) => Pin::new(stream).poll_write_vectored(context, slices),
            _ => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// hyper flushes again each time it asks whether the shutdown is done.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Open(stream, _) => Pin::new(stream).poll_flush(context),
            _ => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            match std::mem::replace(&mut *self, Self::Ended) {
                Self::Open(stream, shutdown) => {
                    *self = Self::Ending(Box::pin(end(stream, shutdown)));
                }
                Self::Ending(mut ending) => {
                    if ending.as_mut().poll(context).is_pending() {
                        *self = Self::Ending(ending);
                        return Poll::Pending;
                    }
                }
                Self::Ended => return Poll::Ready(Ok(())),
            }
        }
    }
}
