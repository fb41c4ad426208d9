//! Request in, response out: how a generated method gets at axum's extractors.

use axum::{
    body::to_bytes,
    extract::{FromRequest, Request},
    response::{IntoResponse, Response},
};
use kinoko_core::{Call, Fault, FaultKind, FaultType, Outcome, Reply, Slot, codec::Signature};

use crate::problem;

/// The most of a rejection's text that is read back, in bytes.
const LONGEST_REJECTION: usize = 4096;

/// Extracts the arguments, runs the method, makes the response.
pub async fn respond<A, M, F, Fut, R, E>(
    mut call: Call,
    signature: &'static Signature,
    method: F,
) -> Outcome
where
    A: FromRequest<(), M>,
    F: FnOnce(A) -> Fut,
    Fut: Future<Output = Result<R, E>>,
    R: IntoResponse,
    E: FaultType,
{
    let Some(request) = call.slot.take::<Request>() else {
        let text = format!("{} runs on an HTTP request, and this call has none", signature.name());
        return Err(Fault::new(FaultKind::MalformedRequest, text));
    };
    let response = match A::from_request(request, &()).await {
        Ok(args) => method(args).await.map_err(E::into_fault)?.into_response(),
        Err(rejection) => rejected(rejection.into_response()).await,
    };
    Ok(Reply { slot: Slot::new(response), ..Reply::default() })
}

/// axum rejects with a line of plain text; here every failure has the same shape.
async fn rejected(response: Response) -> Response {
    let status = response.status();
    let body = to_bytes(response.into_body(), LONGEST_REJECTION).await.unwrap_or_default();
    if status.is_server_error() {
        // A mistake in the method's parameters, and none of the client's.
        let reason = String::from_utf8_lossy(&body);
        tracing::error!(%reason, "the arguments of a method cannot be extracted");
        return problem::of_status(status, "internal error");
    }
    problem::of_status(status, &String::from_utf8_lossy(&body))
}
