//! The variable parts of a path.

use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::StatusCode;
use axum::http::request::Parts;
use kernel::FieldError;
use serde::de::DeserializeOwned;

use super::fault::plain;
use crate::ApiError;

/// The variable parts of the path. What cannot be read cannot exist, so the answer is 404; it names the part.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<T, S> FromRequestParts<S> for Path<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(failure)) => {
                let names = names(parts, state).await;
                Err(refusal(failure.into_kind(), &names))
            }
            Err(other) => Err(ApiError::internal(anyhow::anyhow!(
                "a route takes path parameters that it does not have: {other}"
            ))),
        }
    }
}

/// The names of the path's parts, in order.
async fn names<S: Send + Sync>(parts: &mut Parts, state: &S) -> Vec<String> {
    RawPathParams::from_request_parts(parts, state)
        .await
        .map(|all| all.iter().map(|(name, _)| name.to_owned()).collect())
        .unwrap_or_default()
}

fn refusal(kind: ErrorKind, names: &[String]) -> ApiError {
    let name = |index: usize| names.get(index).map_or("path", String::as_str).to_owned();
    // Only with a single part is it clear which one a message without a name means.
    let only = || name(if names.len() == 1 { 0 } else { usize::MAX });
    let (field, message) = match kind {
        ErrorKind::ParseErrorAtKey {
            key, expected_type, ..
        } => (key, format!("expected {}", plain(expected_type))),
        ErrorKind::ParseErrorAtIndex {
            index,
            expected_type,
            ..
        } => (name(index), format!("expected {}", plain(expected_type))),
        ErrorKind::ParseError { expected_type, .. } => {
            (only(), format!("expected {}", plain(expected_type)))
        }
        ErrorKind::DeserializeError { key, message, .. } => (key, message),
        ErrorKind::InvalidUtf8InPathParam { key } => (key, "is not UTF-8".to_owned()),
        ErrorKind::Message(message) => (only(), message),
        other => {
            return ApiError::internal(anyhow::anyhow!("a route cannot read its path: {other}"));
        }
    };
    ApiError::new(
        StatusCode::NOT_FOUND,
        "not_found",
        format!("there is nothing at this address ({field}: {message})"),
    )
    .with_errors(vec![FieldError::new(field, "invalid", message)])
}
