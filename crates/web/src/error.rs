//! What a failed request is answered with: problem details (RFC 9457).

use std::borrow::Cow;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::{FieldError, Rng};
use serde::{Deserialize, Serialize};

/// The code of a [`kernel::Error::Conflict`] that is answered with 412: the resource changed since it was read.
const VERSION_CONFLICT: &str = "version_conflict";

/// Why a request failed, as `application/problem+json`. Made from [`kernel::Error`] by `?`.
#[derive(Debug)]
pub struct ApiError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    status: StatusCode,
    code: Cow<'static, str>,
    detail: String,
    errors: Vec<FieldError>,
    retry_after: Option<Duration>,
    cause: Option<anyhow::Error>,
}

/// The body of every error: problem details (RFC 9457).
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(example = json!({
    "type": "urn:sendero:error:invalid",
    "title": "Unprocessable Entity",
    "status": 422,
    "code": "invalid",
    "detail": "email: has nothing after the @",
    "errors": [{"field": "email", "code": "invalid_email", "message": "has nothing after the @"}],
}))]
pub struct Problem {
    /// The code as a URN.
    #[serde(rename = "type")]
    pub kind: String,
    /// The meaning of the status, the same for every problem of this status.
    pub title: String,
    /// The status of the response.
    pub status: u16,
    /// Stable, for programs: `not_found`, `invalid`, `campaign_already_sent`.
    pub code: String,
    /// For people: what happened and what to do.
    pub detail: String,
    /// What is wrong, field by field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Fault>,
    /// Finds this fault of ours in the server's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Fault {
    /// The path of the field, such as `fields.birthday` or `audience.groups[0]`.
    pub field: String,
    /// Stable, for programs: `required`, `invalid`, `wrong_type`, `out_of_range`, `too_long`, `too_many`, `too_large`,
    /// `control_character`, `nul_character`, `invalid_email`, `unknown`, `not_allowed`, `duplicate`, `taken`. Parts with
    /// a language of their own (rules, content, files) have further codes.
    pub code: String,
    /// For people: what is wrong and what to do.
    pub message: String,
}

impl ApiError {
    /// Any other problem of the request.
    pub fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self(Box::new(Inner {
            status,
            code: code.into(),
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
            cause: None,
        }))
    }

    /// With faults of fields.
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.0.errors = errors;
        self
    }

    /// The faults of its fields.
    pub(crate) fn into_errors(self) -> Vec<FieldError> {
        self.0.errors
    }

    /// With the time after which it is worth trying again.
    pub fn retry_after(mut self, after: Duration) -> Self {
        self.0.retry_after = Some(after);
        self
    }

    /// The status that it will be answered with.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// For people.
    pub(crate) fn detail(&self) -> &str {
        &self.0.detail
    }

    /// Its stable code.
    pub fn code(&self) -> &str {
        &self.0.code
    }

    fn caused_by(mut self, cause: Option<anyhow::Error>) -> Self {
        self.0.cause = cause;
        self
    }
}

impl From<kernel::Error> for ApiError {
    fn from(error: kernel::Error) -> Self {
        use kernel::Error;
        let detail = error.to_string();
        match error {
            Error::Invalid(errors) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail).with_errors(errors)
            }
            Error::NotFound { .. } => Self::new(StatusCode::NOT_FOUND, "not_found", detail),
            Error::Conflict { code, .. } if code == VERSION_CONFLICT => {
                Self::new(StatusCode::PRECONDITION_FAILED, code, detail)
            }
            Error::Conflict { code, .. } => Self::new(StatusCode::CONFLICT, code, detail),
            Error::Unauthenticated => {
                Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail)
            }
            Error::Forbidden(_) => Self::new(StatusCode::FORBIDDEN, "forbidden", detail),
            Error::RateLimited { retry_after } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail)
                    .retry_after(retry_after)
            }
            Error::Unavailable { source, .. } => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
                    .retry_after(Duration::from_secs(5))
                    .caused_by(source)
            }
            Error::Internal(cause) => Self::internal(cause),
            other => Self::internal(other.into()),
        }
    }
}

impl ApiError {
    /// A fault of ours: people see an incident number, the log has the cause.
    pub fn internal(cause: anyhow::Error) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "something went wrong on the server; its log has more under the incident number",
        )
        .caused_by(Some(cause))
    }
}

impl From<db::Error> for ApiError {
    fn from(error: db::Error) -> Self {
        kernel::Error::from(error).into()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Inner {
            status,
            code,
            detail,
            errors,
            retry_after,
            cause,
        } = *self.0;
        let incident = (status == StatusCode::INTERNAL_SERVER_ERROR)
            .then(|| data_encoding::HEXLOWER.encode(&Rng::system().bytes::<6>()));
        // The one place where a fault is logged, within the span of its request.
        match (&incident, &cause) {
            (Some(incident), Some(cause)) => {
                tracing::error!(incident, cause = format!("{cause:#}"), "internal error");
            }
            (Some(incident), None) => tracing::error!(incident, %code, "internal error"),
            (None, Some(cause)) => {
                tracing::warn!(%code, cause = format!("{cause:#}"), "request refused");
            }
            (None, None) => tracing::debug!(%code, %detail, "request refused"),
        }
        let problem = Problem {
            kind: format!("urn:sendero:error:{code}"),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            code: code.into_owned(),
            detail,
            errors: errors.into_iter().map(Fault::from).collect(),
            incident,
        };
        let body = serde_json::to_vec(&problem).expect("a problem has string keys only");
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(after) = retry_after {
            // Rounded up: a client that obeys must not come a moment too early.
            let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"sendero\""),
            );
        }
        response
    }
}

impl From<FieldError> for Fault {
    fn from(error: FieldError) -> Self {
        Self {
            field: error.field,
            code: error.code.into_owned(),
            message: error.message,
        }
    }
}
