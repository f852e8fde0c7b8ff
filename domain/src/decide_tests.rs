//! Rules, one by one, on a small world.
