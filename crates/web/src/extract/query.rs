//! Query strings.

use std::error::Error as _;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::fault::field_error;
use crate::ApiError;

/// The query string. Give query types `#[serde(deny_unknown_fields)]`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        match axum::extract::Query::<T>::try_from_uri(&parts.uri) {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
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
