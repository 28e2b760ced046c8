//! Who somebody is: passwords, throttling, sessions, single-use links. Never what they may do: that is `authz`.

pub mod password;
pub mod throttle;
