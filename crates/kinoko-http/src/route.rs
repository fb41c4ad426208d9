//! From `#[http(GET, "/orders/{id}")]` to a router: every clash is an error that names both sides.

use std::{collections::BTreeMap, error::Error as _, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, Method, StatusCode},
    response::Response,
    routing::{MethodFilter, MethodRouter, on},
};
use http_body::Body as _;
use http_body_util::LengthLimitError;
use kinoko_core::{BindContext, Call, Error, ErrorKind, Headers, Slot, Worker};
use serde::Deserialize;
use tokio::time::{Instant, timeout_at};

use crate::{lasting::Lasting, problem};

/// What the attribute on a method said.
#[derive(Debug, Deserialize)]
pub(crate) struct Route {
    method: String,
    path: String,
}

/// The headers that belong to a trace and go on with every message the method sends.
const TRACE_HEADERS: [&str; 3] = ["traceparent", "tracestate", "baggage"];

/// The routes of all methods of all services in the process.
///
/// # Errors
/// Names every route that is wrong, and both sides of every clash.
pub(crate) fn read(workers: &[Worker]) -> Result<Vec<(MethodFilter, Route)>, Error> {
    let mut wrong = Vec::new();
    let mut routes = Vec::new();
    let mut taken: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut known = matchit::Router::new();
    for worker in workers {
        let owner = format!("{}.{}", worker.service(), worker.method().name);
        let route: Route = match worker.method().entrypoint.read() {
            Ok(route) => route,
            Err(err) => {
                wrong.push(format!("{owner}: {err}"));
                continue;
            }
        };
        let filter = Method::try_from(&*route.method).ok().and_then(|it| it.try_into().ok());
        let Some(filter): Option<MethodFilter> = filter else {
            wrong.push(format!("{owner}: there is no HTTP method {:?}", route.method));
            continue;
        };
        if !taken.keys().any(|(_, path)| *path == route.path)
            && let Err(error) = known.insert(route.path.clone(), owner.clone())
        {
            wrong.push(clash(&owner, &route.path, &error, &known));
            continue;
        }
        let place = (route.method.clone(), route.path.clone());
        if let Some(first) = taken.insert(place, owner.clone()) {
            let Route { method, path } = route;
            wrong.push(format!("{first} and {owner} both serve {method} {path}"));
            continue;
        }
        routes.push((filter, route));
    }
    if wrong.is_empty() {
        return Ok(routes);
    }
    Err(Error::new(ErrorKind::Declaration, wrong.join("\n")).at("http routes"))
}

/// A router for them.
pub(crate) fn router(workers: Vec<Worker>, cx: &BindContext) -> Result<Router, Error> {
    let mut paths: BTreeMap<String, MethodRouter> = BTreeMap::new();
    for ((filter, route), worker) in read(&workers)?.into_iter().zip(workers) {
        let served = Arc::new((worker, cx.clone()));
        let handler = move |request| run(served.clone(), request);
        let methods = paths.remove(&route.path).unwrap_or_default();
        paths.insert(route.path, methods.merge(on(filter, handler)));
    }
    let mut router = Router::new();
    for (path, methods) in paths {
        router = router.route(&path, methods);
    }
    Ok(router.fallback(nothing_here).method_not_allowed_fallback(not_like_this))
}

fn clash(
    owner: &str,
    path: &str,
    error: &matchit::InsertError,
    known: &matchit::Router<String>,
) -> String {
    match error {
        matchit::InsertError::Conflict { with } => {
            let first = known.at(with).map_or("another method", |it| it.value);
            format!(
                "{owner} serves {path}, and {first} serves {with}: no request could tell them apart"
            )
        }
        other => format!("{owner}: the path {path:?} is not valid: {other}"),
    }
}

/// request -> call -> worker -> outcome -> response.
///
/// The body is read first: who sends it slowly has a connection and none of the service's workers.
/// When the client goes away the call is cancelled, and [goes on](Lasting) to its end all the same.
async fn run(served: Arc<(Worker, BindContext)>, request: Request) -> Response {
    let (worker, cx) = &*served;
    let settings = cx.config.framework();
    let deadline = Instant::now() + settings.http_request_timeout;
    let request = match timeout_at(deadline, whole(request, settings.http_body_limit)).await {
        Ok(Ok(request)) => request,
        Ok(Err(refused)) => return refused,
        Err(_) => {
            let detail = "the request's body did not come in time";
            return problem::of_status(StatusCode::REQUEST_TIMEOUT, detail);
        }
    };
    // Its body may have come while the process was told to stop.
    if cx.stopping.is_cancelled() {
        return stopping();
    }
    let context = worker.context_with(trace_headers(request.headers()), Some(deadline));
    let mut call = Call::new(context, "");
    call.slot = Slot::new(request);
    match Lasting::new(worker.clone(), call, cx.stopping.clone(), cx.calls.clone()).await {
        Some(Ok(mut reply)) => reply.slot.take::<Response>().unwrap_or_else(|| {
            problem::of_status(StatusCode::INTERNAL_SERVER_ERROR, "the method made no response")
        }),
        Some(Err(fault)) => problem::from_fault(&fault),
        None => stopping(),
    }
}

fn stopping() -> Response {
    problem::of_status(StatusCode::SERVICE_UNAVAILABLE, "the service is stopping")
}

/// The request with all of its body in it.
async fn whole(request: Request, limit: usize) -> Result<Request, Response> {
    let (parts, body) = request.into_parts();
    if body.is_end_stream() {
        return Ok(Request::from_parts(parts, body));
    }
    let too_large = || {
        let detail = format!("the request's body is larger than {limit} bytes");
        problem::of_status(StatusCode::PAYLOAD_TOO_LARGE, &detail)
    };
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large());
    }
    match to_bytes(body, limit).await {
        Ok(bytes) => Ok(Request::from_parts(parts, Body::from(bytes))),
        Err(err) if err.source().is_some_and(|it| it.is::<LengthLimitError>()) => Err(too_large()),
        Err(_) => {
            let detail = "the request's body ended before its end";
            Err(problem::of_status(StatusCode::BAD_REQUEST, detail))
        }
    }
}

fn trace_headers(headers: &HeaderMap) -> Headers {
    let mut found = Headers::new();
    for name in TRACE_HEADERS {
        if let Some(value) = headers.get(name).and_then(|it| it.to_str().ok()) {
            found.insert(name, value);
        }
    }
    found
}

async fn nothing_here(request: Request) -> Response {
    let detail = format!("nothing is served at {}", request.uri().path());
    problem::of_status(StatusCode::NOT_FOUND, &detail)
}

async fn not_like_this(request: Request) -> Response {
    let detail = format!("{} is not served by {}", request.uri().path(), request.method());
    problem::of_status(StatusCode::METHOD_NOT_ALLOWED, &detail)
}
