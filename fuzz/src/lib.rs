//! The properties, which the tests of the product hold for a small corpus.

#![allow(clippy::expect_used, clippy::panic)]

#[path = "../../tests/it/properties/mod.rs"]
pub mod properties;
