//! [`Http`]: the one listener of a process.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    pin::pin,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use axum::{Router, extract::DefaultBodyLimit};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use kinoko_core::{BindContext, Bound, BoxFuture, Entrypoint, Error, ErrorKind, Worker};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tower::Layer;

use crate::route;

/// Runs `#[http]` methods of all services in the process on one listener.
///
/// Clones are the same listener: keep one to ask it for its [address](Http::address).
#[derive(Clone, Default)]
pub struct Http(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// Where to listen; what is configured as `WEB_SERVER_ADDRESS` when not given.
    wanted: Option<String>,
    bound: OnceLock<SocketAddr>,
    layers: Mutex<Vec<AddLayer>>,
}

type AddLayer = Box<dyn FnOnce(Router) -> Router + Send>;

impl Http {
    /// The kind's name.
    pub const KIND: &'static str = "http";

    /// Listens on the configured address.
    pub fn configured() -> Http {
        Http::default()
    }

    /// Listens on that address, such as `127.0.0.1:0` for any free port.
    pub fn on(address: impl Into<String>) -> Http {
        Http(Arc::new(Inner { wanted: Some(address.into()), ..Inner::default() }))
    }

    /// Where it listens, once the runner has started.
    pub fn address(&self) -> Option<SocketAddr> {
        self.0.bound.get().copied()
    }

    /// Puts a tower layer around every route, outside of those before.
    #[must_use]
    pub fn layer<L>(self, layer: L) -> Http
    where
        L: Layer<axum::routing::Route> + Clone + Send + Sync + 'static,
        L::Service: tower::Service<axum::extract::Request, Error = Infallible>
            + Clone
            + Send
            + Sync
            + 'static,
        <L::Service as tower::Service<axum::extract::Request>>::Response:
            axum::response::IntoResponse + 'static,
        <L::Service as tower::Service<axum::extract::Request>>::Future: Send + 'static,
    {
        let add = Box::new(move |router: Router| router.layer(layer));
        self.0.layers.lock().unwrap_or_else(PoisonError::into_inner).push(add);
        self
    }

    fn wrap(&self, router: Router) -> Router {
        let mut layers = self.0.layers.lock().unwrap_or_else(PoisonError::into_inner);
        layers.drain(..).fold(router, |router, add| add(router))
    }
}

impl Entrypoint for Http {
    fn kind(&self) -> &'static str {
        Http::KIND
    }

    fn check(&self, workers: &[Worker]) -> Result<(), Error> {
        route::read(workers).map(drop)
    }

    fn bind<'a>(
        &'a self,
        workers: Vec<Worker>,
        cx: BindContext,
    ) -> BoxFuture<'a, Result<Bound, Error>> {
        Box::pin(async move {
            let settings = cx.config.framework();
            let header_timeout = settings.http_header_timeout;
            let mut router = route::router(workers, &cx)?;
            if settings.http_body_limit > AXUMS_BODY_LIMIT {
                // No body is longer than what is configured, by the time an extractor sees it.
                router = router.layer(DefaultBodyLimit::disable());
            }
            let router = self.wrap(router);
            let wanted = self.0.wanted.as_deref().unwrap_or(&settings.web_server_address);
            let listener = listen(wanted).await?;
            if let Ok(address) = listener.local_addr() {
                tracing::info!(%address, "serving HTTP");
                let _ = self.0.bound.set(address);
            }
            Ok(Box::pin(serve(listener, router, header_timeout, cx)) as Bound)
        })
    }
}

async fn listen(wanted: &str) -> Result<TcpListener, Error> {
    TcpListener::bind(wanted).await.map_err(|err| {
        let text =
            format!("cannot listen on {wanted}: {err}; set WEB_SERVER_ADDRESS to another address");
        // One that somebody else has may be free the next time; one that is not ours will not.
        let kind = match err.kind() {
            io::ErrorKind::AddrNotAvailable | io::ErrorKind::PermissionDenied => ErrorKind::Config,
            _ => ErrorKind::Dependency,
        };
        Error::new(kind, text)
    })
}

/// What axum's extractors take unless told otherwise, in bytes. To tell them costs something for each
/// request.
const AXUMS_BODY_LIMIT: usize = 2 * 1024 * 1024;

/// How long connections stay once nothing runs for them any more, to send the rest of a response.
const LINGER: Duration = Duration::from_secs(1);

/// Accepts until told to stop, then lets every connection finish the request it is on.
async fn serve(listener: TcpListener, router: Router, header_timeout: Duration, cx: BindContext) {
    let graceful = GracefulShutdown::new();
    // However this ends, no connection outlives it.
    let cut = CancellationToken::new();
    let _cut = cut.clone().drop_guard();
    while let Some(accepted) = cx.stopping.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, _)) => connect(stream, &router, header_timeout, &graceful, &cut),
            Err(error) => {
                // Most often no file descriptor is left; they come back as connections end.
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    let lingered = async {
        cx.calls.wait().await;
        tokio::time::sleep(LINGER).await;
    };
    tokio::select! {
        () = graceful.shutdown() => {}
        // Who reads its response slowly, or sends a request slowly, is not waited for.
        () = lingered => {}
    }
}

fn connect(
    stream: TcpStream,
    router: &Router,
    header_timeout: Duration,
    graceful: &GracefulShutdown,
    cut: &CancellationToken,
) {
    // A response is one write; waiting for more of it only delays it.
    let _ = stream.set_nodelay(true);
    let service = TowerToHyperService::new(router.clone());
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .serve_connection(TokioIo::new(stream), service);
    let connection = graceful.watch(connection);
    let cut = cut.clone();
    tokio::spawn(async move {
        match cut.run_until_cancelled(pin!(connection)).await {
            Some(Ok(())) => {}
            Some(Err(error)) => tracing::debug!(%error, "a connection ended early"),
            None => tracing::debug!("a connection was cut off"),
        }
    });
}
