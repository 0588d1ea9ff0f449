//! JSON bodies.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::FieldError;
use serde::Serialize;
use serde::de::{DeserializeOwned, Visitor};
use serde_json::Value;
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
    if body.windows(NUL.len()).any(|part| part == NUL)
        && let Ok(all) = serde_json::from_slice(body)
        && let Some(field) = nul_in(&all)
    {
        return Err(has_nul(field));
    }
    Ok(value)
}

/// How JSON writes a NUL character; it may not be written otherwise.
const NUL: &[u8] = b"\\u0000";

/// The path of the first text with a NUL character.
fn nul_in(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::Array(items) => items.iter().enumerate().find_map(|(index, item)| {
            let rest = nul_in(item)?;
            Some(format!("[{index}]{rest}"))
        }),
        Value::Object(map) => map.iter().find_map(|(key, item)| {
            let rest = if key.contains('\0') {
                String::new()
            } else {
                nul_in(item)?
            };
            Some(format!(".{key}{rest}"))
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// PostgreSQL cannot keep them, and nobody means them: refused here, where the field is known.
pub(super) fn has_nul(field: String) -> ApiError {
    let field = match field.trim_start_matches('.') {
        "" => "body".to_owned(),
        field => field.to_owned(),
    };
    let message = "contains a NUL character (U+0000); remove it";
    kernel::Error::invalid(field, "nul_character", message).into()
}

/// JSON that stands in a field, such as a part of a form. What is wrong within it is named with the field.
pub fn json_in<T: DeserializeOwned>(field: &str, json: &str) -> Result<T, ApiError> {
    parse(json.as_bytes()).map_err(|error| {
        let detail = error.detail().to_owned();
        let mut faults = error.into_errors();
        for fault in &mut faults {
            fault.field = match fault.field.as_str() {
                "body" => field.to_owned(),
                inner => format!("{field}.{inner}"),
            };
        }
        if faults.is_empty() {
            faults.push(FieldError::new(field, "invalid", detail));
        }
        kernel::Error::Invalid(faults).into()
    })
}

/// One item of a list whose items are taken or refused one by one: like [`Json`] for a value that is JSON already.
pub fn from_value<T: DeserializeOwned>(value: serde_json::Value) -> Result<T, FieldError> {
    if value.is_array() && wants_object::<T>() {
        return Err(FieldError::new(
            "body",
            "wrong_type",
            "expected an object, got a list",
        ));
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        field_error(&path, &error.into_inner().to_string())
    })
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
