//! The gentle end of a connection. Closing a socket with unread bytes in it makes the kernel reset the connection, and
//! the peer loses the last words that are on their way to it. So the peer is heard out first, within bounds.

use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Bytes that are thrown away of one connection.
const MAX_BYTES: usize = 256 * 1024 * 1024;
/// Between two of them.
const MAX_SILENCE: Duration = Duration::from_secs(3);

/// Says that nothing more comes, and throws away what the peer still sends, for so long.
pub async fn hear_out(stream: &mut TcpStream, max_time: Duration) {
    let hear = async {
        stream.shutdown().await?;
        let mut scratch = vec![0; 16 * 1024];
        let mut left = MAX_BYTES;
        while left > 0 {
            let read = tokio::time::timeout(MAX_SILENCE, stream.read(&mut scratch)).await??;
            if read == 0 {
                break;
            }
            left = left.saturating_sub(read);
        }
        io::Result::Ok(())
    };
    let _ = tokio::time::timeout(max_time, hear).await;
}
