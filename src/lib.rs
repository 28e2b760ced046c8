//! `wami`: identity and access in a tree of tenants, and the console that administers them.
