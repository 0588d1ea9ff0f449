mod batch;
mod lifecycle;
mod lists;
mod model;
mod upsert;
