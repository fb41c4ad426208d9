//! A broker from which nothing is heard, and a client that stood still.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::BytesMut;
use futures_util::FutureExt;
use kinoko_amqp_client::{Config, Connection, ErrorKind};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf},
    time::advance,
};

use crate::peer::Peer;

const HEARTBEAT: [u8; 8] = [8, 0, 0, 0, 0, 0, 0, 0xce];

/// A stream that tells nobody when it has something to read, once it is told so: who reads from it has to
/// look, as after a while in which nothing ran.
struct Quiet {
    stream: DuplexStream,
    quiet: Arc<AtomicBool>,
}

impl AsyncRead for Quiet {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.quiet.load(Ordering::Relaxed) {
            let mut nobody = Context::from_waker(Waker::noop());
            return Pin::new(&mut self.stream).poll_read(&mut nobody, buf);
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Quiet {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// A connection with a heartbeat of ten seconds, from whose peer nothing is heard any more.
async fn open() -> (Connection, Peer) {
    let (stream, theirs) = tokio::io::duplex(64 * 1024);
    let quiet = Arc::new(AtomicBool::new(false));
    let ours = Quiet { stream, quiet: Arc::clone(&quiet) };
    let stream = theirs;
    let mut peer = Peer { stream, inbox: BytesMut::new() };
    let config = Config { heartbeat: Duration::from_secs(10), ..Config::default() };
    let (connection, ()) = tokio::join!(Connection::over(ours, config), peer.lets_in());
    quiet.store(true, Ordering::Relaxed);
    // Until its sign of life comes, and it has looked once more for the other's.
    peer.stream.read_buf(&mut peer.inbox).await.unwrap();
    (connection.unwrap(), peer)
}

/// Nothing ran for longer than two heartbeats. What the broker sent meanwhile is read before it is called
/// dead.
#[tokio::test(start_paused = true)]
async fn who_stood_still_listens_before_judging() {
    let (connection, mut peer) = open().await;
    peer.stream.write_all(&HEARTBEAT).await.unwrap();
    advance(Duration::from_secs(30)).await;
    // It has had its turn when its next sign of life is here.
    peer.stream.read_buf(&mut peer.inbox).await.unwrap();
    assert!(connection.closed().now_or_never().is_none());
}

/// The same without anything to be read.
#[tokio::test(start_paused = true)]
async fn silence_is_the_end() {
    let (connection, peer) = open().await;
    advance(Duration::from_secs(30)).await;
    let reason = connection.closed().await;
    assert_eq!(reason.kind(), ErrorKind::Lost);
    assert_eq!(reason.text(), "nothing was heard for 35.0 s");
    drop(peer);
}
