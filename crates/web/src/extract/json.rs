//! JSON bodies.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::{DeserializeOwned, Visitor};
use serde_json::error::Category;

use super::fault::field_error;
use crate::ApiError;

/// A JSON body. As an extractor it says which field is wrong; give request types `#[serde(deny_unknown_fields)]`, so
/// that a misspelled field is an error instead of nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(ApiError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "send JSON, with the header Content-Type: application/json",
            ));
        }
        let body = Bytes::from_request(request, state)
            .await
            .map_err(unreadable)?;
        parse(&body).map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => (
                [(
                    header::CONTENT_TYPE,
                    HeaderValue::from_static("application/json"),
                )],
                body,
            )
                .into_response(),
            Err(error) => ApiError::internal(error.into()).into_response(),
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let essence = value.split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn unreadable(rejection: BytesRejection) -> ApiError {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        too_large()
    } else {
        ApiError::new(
            StatusCode::BAD_REQUEST,
            "body_unreadable",
            "the body ended before it was complete",
        )
    }
}

pub(crate) fn too_large() -> ApiError {
    ApiError::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "body_too_large",
        "the body is larger than this operation accepts; send less at once",
    )
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let start = body.iter().find(|b| !b.is_ascii_whitespace());
    if start == Some(&b'[') && wants_object::<T>() {
        return Err(
            kernel::Error::invalid("body", "wrong_type", "expected an object, got a list").into(),
        );
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        if error.classify() == Category::Data {
            kernel::Error::Invalid(vec![field_error(&path, &error.to_string())]).into()
        } else {
            not_json(&error)
        }
    })?;
    deserializer.end().map_err(|error| not_json(&error))?;
    Ok(value)
}

fn not_json(error: &serde_json::Error) -> ApiError {
    ApiError::new(
        StatusCode::BAD_REQUEST,
        "invalid_json",
        format!("the body is not valid JSON: {error}"),
    )
}

/// Whether `T` has named fields. serde would also take their values from a list, by position; no client means that.
fn wants_object<T: DeserializeOwned>() -> bool {
    T::deserialize(Probe).is_err_and(|WantsObject(yes)| yes)
}

/// A deserializer without data, which only learns what is asked of it.
struct Probe;

#[derive(Debug)]
struct WantsObject(bool);

impl<'de> serde::Deserializer<'de> for Probe {
    type Error = WantsObject;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, WantsObject> {
        Err(WantsObject(false))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, WantsObject> {
        Err(WantsObject(true))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

impl std::fmt::Display for WantsObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("nothing to read")
    }
}

impl std::error::Error for WantsObject {}

impl serde::de::Error for WantsObject {
    fn custom<M: std::fmt::Display>(_: M) -> Self {
        Self(false)
    }
}
