//! Faults as HTTP: one table of status codes, problem details (RFC 9457) as the body.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use kinoko_core::{Fault, FaultKind};
use serde::Serialize;
use serde_json::Value;

/// A problem's details, as RFC 9457 section 3.1 names them.
#[derive(Debug, Serialize)]
struct Problem<'a> {
    /// RFC 9457: with this type the title is all there is to know of the kind of problem.
    r#type: &'static str,
    title: &'a str,
    status: u16,
    detail: &'a str,
    /// What the fault carries for callers that know its type: an extension member.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
}

/// The status code of a fault.
pub fn status(fault: &Fault) -> StatusCode {
    if let Some(status) = fault.status().and_then(|it| StatusCode::from_u16(it).ok()) {
        return status;
    }
    match fault.kind() {
        // What another service could not read was not written by this one's caller.
        FaultKind::MalformedRequest
        | FaultKind::IncorrectSignature
        | FaultKind::MethodNotFound
        | FaultKind::MalformedReply
            if fault.is_remote() =>
        {
            StatusCode::BAD_GATEWAY
        }
        FaultKind::MalformedRequest | FaultKind::IncorrectSignature => StatusCode::BAD_REQUEST,
        FaultKind::MethodNotFound => StatusCode::NOT_FOUND,
        FaultKind::Application if fault.is_expected() => StatusCode::UNPROCESSABLE_ENTITY,
        FaultKind::Timeout => StatusCode::GATEWAY_TIMEOUT,
        FaultKind::UnknownService | FaultKind::Unavailable | FaultKind::Cancelled => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        FaultKind::MalformedReply => StatusCode::BAD_GATEWAY,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The response to a request whose method failed.
pub(crate) fn from_fault(fault: &Fault) -> Response {
    respond(status(fault), fault.name(), fault.message(), fault.data())
}

/// The response to a request that no method was run for.
pub(crate) fn of_status(status: StatusCode, detail: &str) -> Response {
    respond(status, status.canonical_reason().unwrap_or("problem"), detail, None)
}

fn respond(status: StatusCode, title: &str, detail: &str, data: Option<&Value>) -> Response {
    let problem = Problem { r#type: "about:blank", title, status: status.as_u16(), detail, data };
    let mut response = (status, Json(problem)).into_response();
    let media_type = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    response
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use kinoko_core::{Fault, FaultKind};

    use super::status;

    #[test]
    fn every_kind_has_its_status() {
        let check = |fault: Fault, expected: u16| {
            assert_eq!(status(&fault), StatusCode::from_u16(expected).unwrap(), "{fault}");
        };
        check(Fault::new(FaultKind::IncorrectSignature, ""), 400);
        check(Fault::application("OutOfStock", "").expected(), 422);
        check(Fault::application("Broken", ""), 500);
        check(Fault::application("UnknownOrder", "").expected().with_status(404), 404);
        check(Fault::application("Odd", "").with_status(7), 500);
        check(Fault::new(FaultKind::Timeout, ""), 504);
        check(Fault::unknown_service("stock"), 503);
        check(Fault::internal("x"), 500);
    }
}
