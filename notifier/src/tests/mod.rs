//! Tests that look at the whole service.

mod asyncapi;
