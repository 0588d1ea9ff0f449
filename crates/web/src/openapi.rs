//! What every operation of the OpenAPI document has in common, added in one place.
