//! The `wami-console` binary.

fn main() {}
