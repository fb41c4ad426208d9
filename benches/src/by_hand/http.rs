//! The same route on bare axum, with the server loop that Kinoko has.

use std::{net::SocketAddr, pin::pin, time::Duration};

use axum::{Router, extract::Path, routing::get};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::net::{TcpListener, TcpStream};

use crate::{Failure, order::Orders};

/// Serves until the measurement is over.
pub(crate) async fn serve() -> Result<(), Failure> {
    let router = Router::new().route("/hello/{name}", get(hello));
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let orders = Orders::ready(Some(listener.local_addr()?.to_string()))?;
    let graceful = GracefulShutdown::new();
    let accepting = async {
        loop {
            let (stream, _) = listener.accept().await?;
            connect(stream, &router, &graceful)?;
        }
    };
    tokio::select! {
        failed = accepting => return failed,
        done = orders.serve(|| 0) => done?,
    }
    graceful.shutdown().await;
    Ok(())
}

fn connect(stream: TcpStream, router: &Router, graceful: &GracefulShutdown) -> Result<(), Failure> {
    stream.set_nodelay(true)?;
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(10))
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router.clone()));
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        // A client that is gone is no failure of the measurement: the client would tell.
        let _ = pin!(connection).await;
    });
    Ok(())
}

async fn hello(Path(name): Path<String>) -> String {
    format!("Hello, {name}!")
}
