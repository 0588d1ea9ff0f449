//! What every operation of the OpenAPI document has in common, added in one place.

mod example;

use utoipa::PartialSchema as _;
use utoipa::ToSchema as _;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{KnownFormat, SchemaFormat, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    Components, Content, ObjectBuilder, OpenApi, Ref, RefOr, Required, Response, ResponseBuilder,
};

use crate::error::{Fault, Problem};

const PROBLEM_JSON: &str = "application/problem+json";

/// Adds the schemes of authentication, the problems that every operation may answer, and `Idempotency-Key`.
///
/// A route declares what is its own: its success, its conflicts, its security. A public one says `security(())`.
pub fn complete(document: &mut OpenApi) {
    let components = document.components.get_or_insert_with(Components::new);
    add_schemas(components);
    add_security(components);
    for (name, response) in shared_responses() {
        components
            .responses
            .insert(name.to_owned(), RefOr::T(response));
    }
    components.parameters.insert(
        "IdempotencyKey".to_owned(),
        RefOr::T(idempotency_parameter()),
    );
    for (path, item) in &mut document.paths.paths {
        let has_id = path.contains('{');
        for (post, operation) in operations(item) {
            complete_operation(operation, post, has_id);
            describe_ids(path, operation);
        }
    }
    add_examples(document);
}

/// Says of each id in the path what it is an id of, where the route does not.
fn describe_ids(path: &str, operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else {
            continue;
        };
        if parameter.description.is_none() && parameter.parameter_in == ParameterIn::Path {
            let kind = match parameter.name.strip_suffix("_id") {
                Some(kind) => kind.to_owned(),
                None => path
                    .split("/{")
                    .next()
                    .and_then(|before| before.rsplit('/').next())
                    .map(|plural| plural.trim_end_matches('s').replace('-', " "))
                    .unwrap_or_default(),
            };
            parameter.description = Some(format!("The {kind}"));
        }
    }
}

/// Bodies without an example, of their own or of their schema, get one.
fn add_examples(document: &mut OpenApi) {
    let schemas = document.components.as_ref().map(|all| &all.schemas);
    let schemas = serde_json::to_value(schemas).unwrap_or_default();
    let examples = example::Examples::new(schemas);
    let complete = |content: &mut RefOr<Content>| {
        let RefOr::T(content) = content else { return };
        if content.example.is_none() && content.examples.is_empty() {
            let schema = serde_json::to_value(&content.schema).unwrap_or_default();
            content.example = Some(examples.of(&schema));
        }
    };
    for item in document.paths.paths.values_mut() {
        for (_, operation) in operations(item) {
            if let Some(RefOr::T(body)) = &mut operation.request_body {
                body.content.values_mut().for_each(complete);
            }
            for response in operation.responses.responses.values_mut() {
                if let RefOr::T(response) = response {
                    response.content.values_mut().for_each(complete);
                }
            }
        }
    }
}

/// What a status means, where the route says nothing more exact.
fn meaning(status: &str) -> &'static str {
    match status {
        "200" => "Done; this is how it is now",
        "201" => "Made",
        "202" => "Accepted; it is done in the background",
        "204" => "Done",
        "403" => "The role, the scopes or whose it is do not allow it (`forbidden`)",
        "404" => "There is no such thing in this account (`not_found`)",
        "409" => "The present state does not allow it; the `code` says why",
        "412" => "It changed since it was read (`version_conflict`)",
        "422" => "Fields are wrong: `errors` names them (`invalid`)",
        _ => "",
    }
}

fn complete_operation(operation: &mut Operation, post: bool, has_id: bool) {
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            meaning(status).clone_into(&mut response.description);
        }
        if status.starts_with(['4', '5'])
            && let RefOr::T(response) = response
        {
            as_problem(response);
        }
    }
    let public = operation
        .security
        .as_ref()
        .is_some_and(|all| all.contains(&SecurityRequirement::default()));
    let body = operation.request_body.is_some();
    let parameters = operation.parameters.as_ref().is_some_and(|p| !p.is_empty());
    let mut add = |status: &str, name: &str| {
        operation
            .responses
            .responses
            .entry(status.to_owned())
            .or_insert_with(|| RefOr::Ref(Ref::from_response_name(name)));
    };
    if !public {
        add("401", "Unauthenticated");
        add("403", "Forbidden");
    }
    if has_id {
        add("404", "NotFound");
    }
    if body {
        add("400", "Unreadable");
        add("413", "TooLarge");
        add("415", "UnsupportedMediaType");
    }
    if body || parameters {
        add("422", "Invalid");
    }
    if post && !public {
        add("400", "Unreadable");
        add("409", "Conflict");
        add("422", "Invalid");
        let key = Ref::new("#/components/parameters/IdempotencyKey");
        operation
            .parameters
            .get_or_insert_default()
            .push(RefOr::Ref(key));
    }
    add("429", "RateLimited");
    add("500", "Internal");
    add("503", "Unavailable");
}

/// The operations of a path; whether each is a POST.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (bool, &mut Operation)> {
    [
        (false, item.get.as_mut()),
        (true, item.post.as_mut()),
        (false, item.put.as_mut()),
        (false, item.patch.as_mut()),
        (false, item.delete.as_mut()),
    ]
    .into_iter()
    .filter_map(|(post, operation)| Some((post, operation?)))
}

/// Handlers name the body [`Problem`]; its media type is the same everywhere.
fn as_problem(response: &mut Response) {
    if let Some(content) = response.content.shift_remove("application/json") {
        response.content.insert(PROBLEM_JSON.to_owned(), content);
    }
}

fn add_schemas(components: &mut Components) {
    for (name, schema) in [
        (Problem::name(), Problem::schema()),
        (Fault::name(), Fault::schema()),
    ] {
        components.schemas.insert(name.into_owned(), schema);
    }
}

fn add_security(components: &mut Components) {
    let session = ApiKeyValue::with_description(
        "sendero_session",
        "The cookie of POST /api/session (over HTTPS `__Host-sendero_session`). Unsafe methods also need the \
         header X-CSRF-Token, with the csrf_token of GET /api/session.",
    );
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "An API token of POST /api/tokens. The scopes of an operation are permissions.",
        ))
        .build();
    for (name, scheme) in [
        ("session", SecurityScheme::ApiKey(ApiKey::Cookie(session))),
        ("token", SecurityScheme::Http(token)),
    ] {
        components
            .security_schemes
            .insert(name.to_owned(), RefOr::T(scheme));
    }
}

fn shared_responses() -> Vec<(&'static str, Response)> {
    let retry_after = || {
        let seconds = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
            .build();
        HeaderBuilder::new()
            .schema(Some(seconds))
            .description(Some("Seconds after which to try again"))
            .build()
    };
    let problem = |description: &str| {
        ResponseBuilder::new().description(description).content(
            PROBLEM_JSON,
            Content::new(Some(Ref::from_schema_name("Problem"))),
        )
    };
    let passing = |description: &str| {
        problem(description)
            .header("Retry-After", retry_after())
            .build()
    };
    vec![
        (
            "Unreadable",
            problem("The body is not JSON (`invalid_json`), or a header cannot be read").build(),
        ),
        (
            "Unauthenticated",
            problem("Nobody is signed in, or the token is not valid any more (`unauthenticated`)")
                .build(),
        ),
        (
            "Forbidden",
            problem(
                "The role or the token's scopes do not allow it (`forbidden`), or the CSRF token is missing \
                 (`csrf_token_invalid`)",
            )
            .build(),
        ),
        (
            "NotFound",
            problem("There is no such thing in this account (`not_found`)").build(),
        ),
        (
            "Conflict",
            problem(
                "A request with this Idempotency-Key is running (`idempotency_in_progress`), or took effect without \
                 its answer being kept (`idempotency_answer_lost`)",
            )
            .build(),
        ),
        (
            "TooLarge",
            problem("The body is too large (`body_too_large`)").build(),
        ),
        (
            "UnsupportedMediaType",
            problem("The body is of another type (`unsupported_media_type`)").build(),
        ),
        (
            "Invalid",
            problem("Fields are wrong: `errors` names them (`invalid`)").build(),
        ),
        ("RateLimited", passing("Too much at once (`rate_limited`)")),
        (
            "Internal",
            problem("A fault of the server: its log has more under the `incident` (`internal`)")
                .build(),
        ),
        (
            "Unavailable",
            passing("The database or the disk refuses for now; nothing was changed (`unavailable`)"),
        ),
    ]
}

fn idempotency_parameter() -> Parameter {
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(255))
        .build();
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "A key of your choice, such as a UUID: a repeat of the request with the same key has no further effect and \
             gets the same answer, for 24 hours.",
        ))
        .schema(Some(text))
        .build()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[derive(serde::Deserialize, utoipa::ToSchema)]
    struct Body {
        #[expect(dead_code, reason = "only its schema counts")]
        name: String,
    }

    #[utoipa::path(
        post,
        path = "/api/things/{id}",
        params(("id" = String, Path)),
        request_body = Body,
        responses((status = 201, description = "Made"), (status = 409, body = Problem)),
        security(("session" = []))
    )]
    #[expect(
        dead_code,
        clippy::unused_async,
        reason = "a handler that is only described"
    )]
    async fn make() {}

    #[utoipa::path(get, path = "/open", responses((status = 200, description = "Open")), security(()))]
    #[expect(
        dead_code,
        clippy::unused_async,
        reason = "a handler that is only described"
    )]
    async fn open() {}

    #[derive(utoipa::OpenApi)]
    #[openapi(paths(make, open))]
    struct Doc;

    #[test]
    fn operations_get_what_they_have_in_common() {
        let mut document = <Doc as utoipa::OpenApi>::openapi();
        complete(&mut document);
        let document: Value = serde_json::to_value(&document).unwrap();
        let make = &document["paths"]["/api/things/{id}"]["post"];
        let statuses = |operation: &Value| -> Vec<String> {
            operation["responses"]
                .as_object()
                .unwrap()
                .keys()
                .cloned()
                .collect()
        };
        assert_eq!(
            statuses(make),
            [
                "201", "400", "401", "403", "404", "409", "413", "415", "422", "429", "500", "503"
            ]
        );
        assert_eq!(
            make["responses"]["409"]["content"]["application/problem+json"]["schema"]["$ref"],
            "#/components/schemas/Problem"
        );
        assert_eq!(
            make["parameters"][1],
            json!({"$ref": "#/components/parameters/IdempotencyKey"})
        );
        let open = &document["paths"]["/open"]["get"];
        assert_eq!(statuses(open), ["200", "429", "500", "503"]);
        assert_eq!(make["parameters"][0]["description"], "The thing");
        assert_eq!(
            make["requestBody"]["content"]["application/json"]["example"],
            json!({"name": "text"})
        );
        // Every reference leads somewhere.
        let text = document.to_string();
        for part in text.split("\"$ref\":\"#").skip(1) {
            let pointer = part.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }
}
