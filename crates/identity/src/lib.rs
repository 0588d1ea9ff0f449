//! Who may do what: accounts, the people and programs that use them, and what they did.
//!
//! A route takes [`Auth`] and calls [`Auth::allow`] with a [`Permission`]: that is the only way to an account id, so
//! no route can forget the check. Whatever changes something calls [`audit`] in the same transaction.
//!
//! Features, in reading order: [`auth`] (roles, permissions, who makes this request), [`sessions`] (sign-in),
//! [`tokens`] (for programs), [`users`] (people and their roles), [`accounts`] (workspaces and their settings),
//! [`setup`] (the first owner), [`mod@audit`] (what happened).

pub mod accounts;
pub mod audit;
pub mod auth;
pub mod sessions;
pub mod setup;
pub mod tokens;
pub mod users;

mod input;
mod passwords;
#[cfg(test)]
mod testing;

use utoipa_axum::router::OpenApiRouter;
use web::App;

pub use audit::audit;
pub use auth::{Actor, Auth, Permission, Role, protect};

/// All routes of this crate.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .merge(setup::routes())
        .merge(sessions::routes())
        .merge(accounts::routes())
        .merge(users::routes())
        .merge(tokens::routes())
        .merge(audit::routes())
}
