//! The variable parts of a path.

use axum::extract::FromRequestParts;
use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::http::StatusCode;
use axum::http::request::Parts;
use kernel::FieldError;
use serde::de::DeserializeOwned;

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
                Err(refusal(failure.into_kind()))
            }
            Err(other) => Err(ApiError::internal(anyhow::anyhow!(
                "a route takes path parameters that it does not have: {other}"
            ))),
        }
    }
}

fn refusal(kind: ErrorKind) -> ApiError {
    let (field, message) = match kind {
        ErrorKind::ParseErrorAtKey {
            key, expected_type, ..
        } => (key, format!("expected {expected_type}")),
        ErrorKind::DeserializeError { key, message, .. } => (key, message),
        ErrorKind::ParseError { expected_type, .. } => {
            ("path".to_owned(), format!("expected {expected_type}"))
        }
        ErrorKind::InvalidUtf8InPathParam { key } => (key, "is not UTF-8".to_owned()),
        ErrorKind::Message(message) => ("path".to_owned(), message),
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
