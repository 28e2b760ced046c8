//! Times as dumps write them.

use chrono::{DateTime, SubsecRound, Utc};
use serde_json::value::RawValue;

/// The last second of the year 9999.
const LAST_SECOND: f64 = 253_402_300_799.0;

/// Reads a time: `2023-03-09T10:41:45Z`, `2023-03-09T10:41:45+00:00`, `2023-03-09 10:41:45+00:00`, `…+0000`, any of
/// them with a fraction, or a JSON number of seconds since 1970. A time without an offset is refused: nothing says
/// whose it is.
///
/// The result has whole microseconds, as the database keeps them, so that a time read back equals the time imported.
pub(super) fn timestamp(raw: &RawValue) -> Option<DateTime<Utc>> {
    if let Ok(seconds) = serde_json::from_str::<f64>(raw.get()) {
        #[expect(clippy::cast_possible_truncation, reason = "the range is checked, and at its end is below 2^58")]
        return (0.0..=LAST_SECOND)
            .contains(&seconds)
            .then(|| DateTime::from_timestamp_micros((seconds * 1e6).round() as i64))?;
    }
    let text: String = serde_json::from_str(raw.get()).ok()?;
    let time = DateTime::parse_from_rfc3339(&text)
        .or_else(|_| DateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f%z"))
        .or_else(|_| DateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%.f%z"))
        .ok()?;
    Some(time.with_timezone(&Utc).trunc_subsecs(6))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<String> {
        let raw: &RawValue = serde_json::from_str(json).unwrap();
        timestamp(raw).map(|time| time.to_rfc3339())
    }

    #[test]
    fn every_accepted_form_names_the_same_instant() {
        for json in [
            r#""2023-03-09 10:41:45+00:00""#,
            r#""2023-03-09T10:41:45Z""#,
            r#""2023-03-09T10:41:45+00:00""#,
            r#""2023-03-09T12:41:45+02:00""#,
            r#""2023-03-09T10:41:45+0000""#,
            r#""2023-03-09 10:41:45+0000""#,
            r#""2023-03-09T10:41:45.000Z""#,
            "1678358505",
            "1678358505.0",
        ] {
            assert_eq!(read(json).as_deref(), Some("2023-03-09T10:41:45+00:00"), "{json}");
        }
    }

    #[test]
    fn fractions_are_kept_to_the_microsecond() {
        assert_eq!(read(r#""2023-03-09T10:41:45.1234567Z""#).as_deref(), Some("2023-03-09T10:41:45.123456+00:00"));
        assert_eq!(read("1678358505.5").as_deref(), Some("2023-03-09T10:41:45.500+00:00"));
    }

    #[test]
    fn what_names_no_instant_is_refused() {
        for json in [
            r#""""#,
            r#""yesterday""#,
            r#""2023-03-09""#,
            r#""2023-03-09T10:41:45""#,
            r#""2023-02-30T10:41:45Z""#,
            r#""2023-03-09T25:41:45Z""#,
            "-1",
            "1e300",
            "true",
            "null",
            "[]",
            r#""1678358505""#,
        ] {
            assert_eq!(read(json), None, "{json}");
        }
    }
}
