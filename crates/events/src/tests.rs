//! What events promise, on both engines.
