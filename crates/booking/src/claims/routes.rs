//! What a refused start is answered with.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::model::Refused;
use crate::availability::{ReasonView, SlotView};

/// A problem (RFC 9457) that also says why, and what can be had instead.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SlotProblem {
    /// The code as a URN.
    #[serde(rename = "type")]
    kind: String,
    /// The meaning of the status.
    title: &'static str,
    /// 409.
    status: u16,
    /// `slot_taken`: somebody else has it. `hold_expired`: it was kept, and then taken by somebody else.
    /// `slot_unavailable`: a rule of the event type keeps it away.
    code: &'static str,
    /// For people.
    detail: String,
    /// The rules that keep it away.
    reasons: Vec<ReasonView>,
    /// The next starts that can be had.
    next_slots: Vec<SlotView>,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = SlotProblem {
            kind: format!("urn:sendero:error:{}", self.code),
            title: "Conflict",
            status: 409,
            code: self.code,
            detail: self.message,
            reasons: self.reasons,
            next_slots: self.next,
        };
        let mut response = (StatusCode::CONFLICT, web::Json(body)).into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        response
    }
}
