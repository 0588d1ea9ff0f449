//! Query strings.

use std::error::Error as _;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::fault::field_error;
use super::json::has_nul;
use crate::ApiError;

/// The query string. Give query types `#[serde(deny_unknown_fields)]`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        match axum::extract::Query::<T>::try_from_uri(&parts.uri) {
            Ok(axum::extract::Query(value)) => {
                refuse_nul(parts)?;
                Ok(Self(value))
            }
            Err(rejection) => {
                let mut cause = rejection.source();
                while let Some(error) = cause {
                    if let Some(error) =
                        error.downcast_ref::<serde_path_to_error::Error<serde::de::value::Error>>()
                    {
                        let path = error.path().to_string();
                        let fault = field_error(&path, &error.inner().to_string());
                        return Err(kernel::Error::Invalid(vec![fault]).into());
                    }
                    cause = error.source();
                }
                Err(kernel::Error::invalid("query", "invalid", rejection.body_text()).into())
            }
        }
    }
}

/// Nothing that is stored has a NUL character, so nothing can be found by one.
fn refuse_nul(parts: &Parts) -> Result<(), ApiError> {
    if !parts.uri.query().unwrap_or_default().contains("%00") {
        return Ok(());
    }
    let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
    let found = pairs.ok().and_then(|axum::extract::Query(pairs)| {
        pairs
            .into_iter()
            .find(|(name, value)| name.contains('\0') || value.contains('\0'))
    });
    match found {
        Some((name, _)) => Err(has_nul(name)),
        None => Ok(()),
    }
}
