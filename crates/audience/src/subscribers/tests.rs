mod batch;
mod concurrency;
mod lifecycle;
mod lists;
mod merge;
mod model;
mod search;
mod upsert;
