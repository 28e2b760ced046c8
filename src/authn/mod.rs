//! Who somebody is: passwords, throttling, sessions, single-use links. Never what they may do: that is `authz`, which a
//! link asks whether its maker could still make it.

pub mod links;
pub mod password;
pub mod setup;
pub mod sign_in;
pub mod throttle;
