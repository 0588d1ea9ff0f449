//! Bodies that come too slowly are refused with 408, so that nobody holds a handler (and what it holds) by sending a
//! byte now and then.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep};
use web::ApiError;

/// What a body may take: a start, and then a second for each kilobyte; but never so long without a byte.
const START: Duration = Duration::from_secs(15);
const PER_KILOBYTE: Duration = Duration::from_secs(1);
const LONGEST_SILENCE: Duration = Duration::from_secs(30);

/// For `axum::middleware::from_fn`.
pub(crate) async fn layer(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let too_slow = Arc::new(AtomicBool::new(false));
    let flag = too_slow.clone();
    let request = request.map(|inner| {
        let now = Instant::now();
        Body::new(Paced {
            inner,
            started: now,
            bytes: 0,
            alarm: Box::pin(tokio::time::sleep_until(now + START)),
            too_slow: flag,
        })
    });
    let response = next.run(request).await;
    if !too_slow.load(Ordering::Relaxed) {
        return response;
    }
    let mut response = ApiError::new(
        StatusCode::REQUEST_TIMEOUT,
        "body_too_slow",
        "the body came too slowly; send it again",
    )
    .into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

struct Paced {
    inner: Body,
    started: Instant,
    bytes: u32,
    alarm: Pin<Box<Sleep>>,
    too_slow: Arc<AtomicBool>,
}

#[derive(Debug, thiserror::Error)]
#[error("the body came too slowly")]
struct TooSlow;

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut this.inner).poll_frame(cx) {
            if let Some(Ok(frame)) = &frame {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                this.bytes = this.bytes.saturating_add(bytes as u32);
                let by_amount = this.started + START + PER_KILOBYTE * (this.bytes / 1000);
                let by_silence = Instant::now() + LONGEST_SILENCE;
                this.alarm.as_mut().reset(by_amount.min(by_silence));
            }
            return Poll::Ready(frame);
        }
        ready!(this.alarm.as_mut().poll(cx));
        this.too_slow.store(true, Ordering::Relaxed);
        Poll::Ready(Some(Err(axum::Error::new(TooSlow))))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::middleware::from_fn;
    use axum::routing::post;
    use futures_util::{StreamExt as _, stream};
    use tower::ServiceExt as _;

    use super::*;

    async fn send(pieces: usize, pause: Duration) -> StatusCode {
        let router: Router = Router::new()
            .route(
                "/",
                post(|body: Bytes| async move { body.len().to_string() }),
            )
            .layer(from_fn(layer));
        let body = stream::iter(0..pieces).then(move |_| async move {
            tokio::time::sleep(pause).await;
            Ok::<_, axum::Error>(Bytes::from_static(&[b'x'; 100]))
        });
        let request = Request::post("/").body(Body::from_stream(body)).unwrap();
        router.oneshot(request).await.unwrap().status()
    }

    #[tokio::test(start_paused = true)]
    async fn slow_bodies_are_refused_and_steady_ones_are_not() {
        assert_eq!(send(20, Duration::from_millis(50)).await, StatusCode::OK);
        // A hundred bytes each tenth of a second is a kilobyte per second.
        assert_eq!(send(600, Duration::from_millis(100)).await, StatusCode::OK);
        for (pieces, pause) in [(100, 1), (2, 16), (1, 3600)] {
            let status = send(pieces, Duration::from_secs(pause)).await;
            assert_eq!(status, StatusCode::REQUEST_TIMEOUT, "{pieces} x {pause} s");
        }
    }
}
