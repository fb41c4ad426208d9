//! Calls within one process: a queue, a task for each call, a slot for its answer, JSON both ways.

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use super::json;
use crate::{Failure, load, order::Orders};

/// As many as Kinoko's service takes at once.
const ROOM: usize = 256;

type Ask = (Bytes, oneshot::Sender<Bytes>);

/// Makes calls as told.
pub(crate) async fn call() -> Result<(), Failure> {
    let requests = serve();
    let call = move |_| {
        let requests = requests.clone();
        async move { hello(&requests).await }
    };
    load::run(Orders::ready(None)?, call).await
}

/// Makes that many calls, one after the other.
pub(crate) async fn make(calls: u64) -> Result<(), Failure> {
    let requests = serve();
    for _ in 0..calls {
        hello(&requests).await?;
    }
    Ok(())
}

fn serve() -> mpsc::Sender<Ask> {
    let (requests, mut received) = mpsc::channel::<Ask>(ROOM);
    tokio::spawn(async move {
        while let Some((request, reply)) = received.recv().await {
            tokio::spawn(async move {
                if let Ok(body) = json::hello(&request) {
                    let _ = reply.send(body.into());
                }
            });
        }
    });
    requests
}

async fn hello(requests: &mpsc::Sender<Ask>) -> Result<(), Failure> {
    let (reply, answer) = oneshot::channel();
    requests.send((json::request(4)?.into(), reply)).await?;
    json::check(&answer.await?, 4)
}
