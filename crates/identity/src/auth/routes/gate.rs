//! Refusals before a body is read.
//!
//! What an operation needs is in its `security` in the OpenAPI document. Who may not call it learns nothing else about
//! the request, and sends no gigabyte in vain. The handler's own [`Auth::allow`] remains: it is what gives an account.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::MatchedPath;
use axum::http::Method;
use axum::http::request::Parts;
use kernel::Result;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{OpenApi, PathItem};

use crate::auth::model::{Auth, Permission};

/// What operations need, by path and method. Public ones are not in it.
#[derive(Clone, Default)]
pub(super) struct Gate(Arc<HashMap<String, HashMap<Method, Needs>>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    /// Anybody who is signed in, also by a token.
    Credential,
    /// A session.
    Session,
    Permission(Permission),
}

impl Gate {
    /// Panics when a scope of the document is no permission: a mistake in a route.
    pub(super) fn of(document: &OpenApi) -> Self {
        let all = document.paths.paths.iter().map(|(path, item)| {
            let needs = operations(item)
                .filter_map(|(method, operation)| Some((method, needs_of(operation)?)));
            (path.clone(), needs.collect())
        });
        Self(Arc::new(all.collect()))
    }

    /// Whether `auth` may call what the request is for. Unknown paths and public operations are for everybody.
    pub(super) fn admit(&self, parts: &Parts, auth: &Auth) -> Result<()> {
        match self.needs(parts) {
            None | Some(Needs::Credential) => Ok(()),
            Some(Needs::Session) => auth.session().map(drop),
            Some(Needs::Permission(permission)) => auth.allow(permission).map(drop),
        }
    }

    /// Whether what the request is for needs somebody who is signed in.
    pub(super) fn guards(&self, parts: &Parts) -> bool {
        self.needs(parts).is_some()
    }

    fn needs(&self, parts: &Parts) -> Option<Needs> {
        let path = parts.extensions.get::<MatchedPath>()?;
        self.0.get(path.as_str())?.get(&parts.method).copied()
    }
}

fn operations(item: &PathItem) -> impl Iterator<Item = (Method, &Operation)> {
    [
        (Method::GET, &item.get),
        (Method::POST, &item.post),
        (Method::PUT, &item.put),
        (Method::PATCH, &item.patch),
        (Method::DELETE, &item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
}

fn needs_of(operation: &Operation) -> Option<Needs> {
    // Its only readable form is the one of the document.
    let alternatives = serde_json::to_value(&operation.security)
        .expect("the security of an operation is a list of lists");
    let alternatives = alternatives.as_array()?;
    if alternatives.iter().any(|one| one == &serde_json::json!({})) {
        return None;
    }
    let Some(scopes) = alternatives.iter().find_map(|one| one.get("token")) else {
        return Some(Needs::Session);
    };
    let scope = scopes.get(0).and_then(serde_json::Value::as_str);
    Some(scope.map_or(Needs::Credential, |scope| {
        let permission = scope.parse();
        Needs::Permission(permission.expect("the scopes in the document are permissions"))
    }))
}
