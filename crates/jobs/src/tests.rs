//! The conformance suite: what the queue promises, on both engines.
