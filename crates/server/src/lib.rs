//! Sendero, the program: command line, configuration, and the place where the slices come together.
//!
//! [`cli`] reads the command line; [`config`] is the only place that reads the environment; [`compose`] puts routes,
//! jobs and background work together; [`http`] serves them; [`pages`] are the server's own pages, [`ui`] is the web app.

pub mod calendar_alerts;
pub mod cli;
pub mod compose;
pub mod config;
pub mod demo;
pub mod http;
pub mod installation;
pub mod invitations;
mod live;
pub mod logging;
pub mod pages;
pub mod ui;
