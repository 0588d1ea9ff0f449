//! Requests to other programs.

use std::time::Duration;

use content::{Body, CompileOptions, Compiled, Document, PreviewSlots, Values};
use ctx::Ctx;
use serde_json::{Map, Value};

use super::super::store::Due;
use super::{Done, Failure, Task};
use crate::definition::{HttpCall, HttpMethod};
use crate::interpret::MAX_DATA_BYTES;

/// Of an answer, so much is read.
const MAX_ANSWER: usize = 1 << 20;
const PATIENCE: u32 = 10;

/// A text with its merge fields filled in.
pub(super) fn filled(text: &str, values: &Values) -> Result<String, Failure> {
    if !text.contains("{{") && !text.contains("{%") {
        return Ok(text.to_owned());
    }
    let document = Document {
        subject: "-".to_owned(),
        preheader: None,
        body: Body::Text {
            text: text.to_owned(),
        },
    };
    let compiled =
        Compiled::compile(&document, CompileOptions { footer: false }).map_err(|faults| {
            let why = faults.first().map(|fault| fault.message.clone());
            Failure::for_good(format!(
                "a merge field has a fault: {}",
                why.unwrap_or_default()
            ))
        })?;
    let rendered = compiled
        .render(
            values,
            &PreviewSlots {
                compiled: &compiled,
                values,
                page_url: "",
            },
        )
        .map_err(|error| Failure::for_good(format!("the text {error}")))?;
    Ok(rendered.text.trim_end().to_owned())
}

fn filled_json(value: &Value, values: &Values) -> Result<Value, Failure> {
    Ok(match value {
        Value::String(text) => Value::String(filled(text, values)?),
        Value::Array(list) => Value::Array(
            list.iter()
                .map(|item| filled_json(item, values))
                .collect::<Result<_, _>>()?,
        ),
        Value::Object(object) => {
            let mut all = Map::new();
            for (key, value) in object {
                all.insert(key.clone(), filled_json(value, values)?);
            }
            Value::Object(all)
        }
        other => other.clone(),
    })
}

const fn name(method: HttpMethod) -> &'static str {
    match method {
        HttpMethod::Get => "GET",
        HttpMethod::Post => "POST",
        HttpMethod::Put => "PUT",
        HttpMethod::Patch => "PATCH",
        HttpMethod::Delete => "DELETE",
    }
}

/// Whom it asks.
pub(super) fn address(ctx: &Ctx, call: &HttpCall, task: &Task) -> Result<String, Failure> {
    let url = filled(&call.url, &task.values)?;
    match ctx.http.check(&url) {
        Ok(()) => Ok(url),
        Err(why) => Err(Failure::for_good(why.to_string())),
    }
}

/// Asks, through the client that asks nobody in our own network.
pub(super) async fn call(ctx: &Ctx, due: &Due, url: String, call: &HttpCall, task: &Task) -> Done {
    let body = match &call.body {
        Some(body) => Some(filled_json(body, &task.values)?.to_string().into_bytes()),
        None => None,
    };
    let seconds = if call.timeout_seconds == 0 {
        PATIENCE
    } else {
        call.timeout_seconds
    };
    let has_body = body.is_some();
    let mut request = net::Request::of(name(call.method), url, body)
        .ok_or_else(|| Failure::for_good("the method is not known"))?
        .timeout(Duration::from_secs(seconds.into()))
        .max_bytes(MAX_ANSWER)
        .header("accept", "application/json");
    if has_body {
        request = request.header("content-type", "application/json");
    }
    for (name, value) in &call.headers {
        let value = filled(value, &task.values)?;
        request = request.any_header(name, &value).ok_or_else(|| {
            Failure::for_good(format!(
                "the header {name} would have a line break or another character that headers cannot have"
            ))
        })?;
    }
    let key = format!("{}-{}", due.run, due.seq);
    let answer = ctx
        .http
        .fetch(request.header("idempotency-key", &key))
        .await
        .map_err(|error| match error {
            net::Error::Invalid(_) | net::Error::Refused => Failure::for_good(error.to_string()),
            other => Failure::passing(other.to_string()),
        })?;
    if !answer.is_success() {
        let why = format!("the server answers with the status {}", answer.status);
        // What the request itself is guilty of will not be forgiven later.
        let passing = answer.status >= 500 || [408, 425, 429].contains(&answer.status);
        return Err(if passing {
            Failure::passing(why)
        } else {
            Failure::for_good(why)
        });
    }
    if call.save.is_empty() {
        return Ok(Value::Null);
    }
    if answer.truncated {
        return Err(Failure::for_good(format!(
            "the answer is larger than {MAX_ANSWER} bytes"
        )));
    }
    let answer: Value = serde_json::from_slice(&answer.body)
        .map_err(|error| Failure::for_good(format!("the answer is not JSON: {error}")))?;
    let largest = call.save.values().filter_map(|at| answer.pointer(at));
    if largest
        .map(|value| value.to_string().len())
        .any(|bytes| bytes > MAX_DATA_BYTES)
    {
        return Err(Failure::for_good(format!(
            "what is to be saved of the answer has more than {MAX_DATA_BYTES} bytes: save less of it"
        )));
    }
    Ok(answer)
}
