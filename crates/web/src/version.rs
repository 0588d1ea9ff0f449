//! `ETag` and `If-Match` (RFC 9110) for resources that two people may edit: the tag is the row's `version`.
//!
//! A handler answers with [`Versioned`] and takes [`IfMatch`]; its service compares the expected version in the same
//! transaction as the change and refuses with the conflict `version_conflict`, which is answered with 412.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::{ApiError, Json};

/// A resource with its version, answered with an `ETag`.
#[derive(Clone, Copy, Debug)]
pub struct Versioned<T>(pub i64, pub T);

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let Self(version, body) = self;
        let mut response = Json(body).into_response();
        let tag = HeaderValue::from_str(&format!("\"{version}\""))
            .expect("digits in quotes are a header value");
        response.headers_mut().insert(header::ETAG, tag);
        response
    }
}

/// The version that the client read before it changed the resource; `None` when it does not care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IfMatch(pub Option<i64>);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else {
            return Ok(Self(None));
        };
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(Self(None));
        }
        text.strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .and_then(|version| version.parse().ok())
            .map(|version| Self(Some(version)))
            .ok_or_else(|| {
                // A tag that we never gave matches no version.
                ApiError::new(
                    StatusCode::PRECONDITION_FAILED,
                    "version_conflict",
                    "If-Match has to be the ETag of the resource as it was read",
                )
            })
    }
}
