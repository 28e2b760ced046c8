//! Times as people read them: relative, with the exact time on hover.

use chrono::{DateTime, TimeDelta, Utc};
use leptos::prelude::*;

use crate::ui::Time;

/// A time relative to `now`, in a `<time>` with the exact one.
pub fn when(at: DateTime<Utc>, now: DateTime<Utc>) -> impl IntoView + use<> {
    view! { <Time datetime=at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true) text=relative(at, now) exact=exact(at)/> }
}

/// The exact time in words.
pub fn exact(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y, %H:%M:%S UTC").to_string()
}

/// “3 minutes ago”, “in 2 days”, and a date beyond a month.
pub fn relative(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let distance = now - at;
    let (is_past, distance) = (distance >= TimeDelta::zero(), distance.abs());
    let words = match distance {
        d if d < TimeDelta::seconds(45) => return if is_past { "just now".into() } else { "in a moment".into() },
        d if d < TimeDelta::minutes(90) => counted(d.num_seconds() + 30, 60, "minute"),
        d if d < TimeDelta::hours(36) => counted(d.num_minutes() + 30, 60, "hour"),
        d if d < TimeDelta::days(31) => counted(d.num_hours() + 12, 24, "day"),
        _ => return at.format("%-d %b %Y").to_string(),
    };
    if is_past { format!("{words} ago") } else { format!("in {words}") }
}

fn counted(amount: i64, unit: i64, name: &str) -> String {
    match (amount / unit).max(1) {
        1 => format!("1 {name}"),
        n => format!("{n} {name}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_read_naturally() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).expect("valid");
        let ago = |delta: TimeDelta| relative(now - delta, now);
        assert_eq!(ago(TimeDelta::seconds(10)), "just now");
        assert_eq!(ago(TimeDelta::seconds(60)), "1 minute ago");
        assert_eq!(ago(TimeDelta::minutes(59)), "59 minutes ago");
        assert_eq!(ago(TimeDelta::hours(3)), "3 hours ago");
        assert_eq!(ago(TimeDelta::days(3)), "3 days ago");
        assert_eq!(ago(TimeDelta::days(-2)), "in 2 days");
        assert_eq!(ago(TimeDelta::days(60)), "16 Nov 2026");
    }
}
