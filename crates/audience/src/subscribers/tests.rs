mod batch;
mod lifecycle;
mod lists;
mod model;
mod search;
mod upsert;
