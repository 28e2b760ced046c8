//! The values that conditions compare, read from text without allocating: numbers, dates, addresses, bytes.
//!
//! Sources: AWS IAM User Guide, *IAM JSON policy elements: Condition operators*; W3C note *Date and Time Formats*; RFC 4632
//! and RFC 4291 for address ranges; RFC 4648 section 4 for Base64.

use std::cmp::Ordering;
use std::net::IpAddr;

/// A decimal number of any length, compared exactly: as text, not as a floating point number, so that two ids that differ in
/// their last digit differ.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decimal<'a> {
    negative: bool,
    /// Digits without leading and trailing zeros, a point possibly among them; empty for zero.
    digits: &'a str,
    /// The power of ten of the first digit.
    magnitude: i64,
}

impl<'a> Decimal<'a> {
    /// Reads `-12.50`, `+3`, `1e6`. `None` if it is not a number.
    pub(crate) fn parse(text: &'a str) -> Option<Decimal<'a>> {
        let (negative, unsigned) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
            Some(at) => (&unsigned[..at], unsigned[at + 1..].parse::<i32>().ok()?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits_only = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() && fraction.is_empty()
            || !digits_only(whole)
            || !digits_only(fraction)
            || mantissa.ends_with('.')
        {
            return None;
        }
        let leading = mantissa.find(|c| c != '0' && c != '.');
        let Some(leading) = leading else {
            return Some(Decimal { negative: false, digits: "", magnitude: 0 });
        };
        let magnitude = if leading < whole.len() { whole.len() - leading - 1 } else { leading - whole.len() } as i64;
        let magnitude = if leading < whole.len() { magnitude } else { -magnitude };
        let digits = if fraction.is_empty() { mantissa } else { mantissa.trim_end_matches('0').trim_end_matches('.') };
        Some(Decimal { negative, digits: &digits[leading..], magnitude: magnitude + i64::from(exponent) })
    }

    /// Compares two numbers.
    pub(crate) fn compare(&self, other: &Decimal) -> Ordering {
        let sign = |number: &Decimal| {
            if number.digits.is_empty() {
                0
            } else if number.negative {
                -1
            } else {
                1
            }
        };
        let signs = sign(self).cmp(&sign(other));
        if signs != Ordering::Equal || self.digits.is_empty() {
            return signs;
        }
        let size = self.magnitude.cmp(&other.magnitude).then_with(|| self.compare_digits(other));
        if self.negative { size.reverse() } else { size }
    }

    fn compare_digits(&self, other: &Decimal) -> Ordering {
        let mut left = self.digits.bytes().filter(|&byte| byte != b'.');
        let mut right = other.digits.bytes().filter(|&byte| byte != b'.');
        loop {
            match (left.next(), right.next()) {
                (None, None) => return Ordering::Equal,
                (left, right) => match left.unwrap_or(b'0').cmp(&right.unwrap_or(b'0')) {
                    Ordering::Equal => {}
                    unequal => return unequal,
                },
            }
        }
    }
}

/// A moment: seconds and nanoseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment {
    seconds: i64,
    nanos: u32,
}

impl Moment {
    /// Reads a W3C date (`2024`, `2024-02`, `2024-02-29`, `2024-02-29T12:00Z`, `…T12:00:00.5+02:00`) or seconds since 1970.
    /// Four digits are a year. A time without a zone is UTC.
    pub(crate) fn parse(text: &str) -> Option<Moment> {
        let bytes = text.as_bytes();
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let is_epoch = !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let is_year = bytes.len() == 4 && !text.contains(['.', '-']);
        if is_epoch && !is_year {
            return Moment::parse_epoch(text);
        }
        let year = digits(bytes, 0, 4)?;
        let month = if bytes.len() > 4 { field(bytes, 4, b'-')? } else { 1 };
        let day = if bytes.len() > 7 { field(bytes, 7, b'-')? } else { 1 };
        if !(1..=12).contains(&month) || !(1..=days_in_month(year, month)).contains(&day) {
            return None;
        }
        let midnight = days_from_civil(year, month, day) * 86_400;
        if bytes.len() <= 10 {
            let whole = matches!(bytes.len(), 4 | 7 | 10);
            return whole.then_some(Moment { seconds: midnight, nanos: 0 });
        }
        if !matches!(bytes[10], b'T' | b't') {
            return None;
        }
        let hour = digits(bytes, 11, 2)?;
        let minute = field(bytes, 13, b':')?;
        let (second, mut at) = if bytes.get(16) == Some(&b':') { (digits(bytes, 17, 2)?, 19) } else { (0, 16) };
        let mut nanos = 0;
        if at == 19 && bytes.get(at) == Some(&b'.') {
            let start = at + 1;
            at = start;
            let mut scale = 100_000_000;
            while let Some(digit) = bytes.get(at).filter(|byte| byte.is_ascii_digit()) {
                nanos += u32::from(digit - b'0') * scale;
                scale /= 10;
                at += 1;
            }
            if at == start {
                return None;
            }
        }
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let offset = match bytes.get(at) {
            None => 0,
            Some(b'Z' | b'z') if at + 1 == bytes.len() => 0,
            Some(sign @ (b'+' | b'-')) if at + 6 == bytes.len() => {
                let (hours, minutes) = (digits(bytes, at + 1, 2)?, field(bytes, at + 3, b':')?);
                if hours > 23 || minutes > 59 {
                    return None;
                }
                let seconds = hours * 3_600 + minutes * 60;
                if *sign == b'+' { seconds } else { -seconds }
            }
            _ => return None,
        };
        Some(Moment { seconds: midnight + hour * 3_600 + minute * 60 + second - offset, nanos })
    }

    fn parse_epoch(text: &str) -> Option<Moment> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let seconds: i64 = whole.parse().ok()?;
        if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let mut nanos = 0;
        let mut scale = 100_000_000;
        for digit in fraction.bytes() {
            nanos += u32::from(digit - b'0') * scale;
            scale /= 10;
        }
        if whole.starts_with('-') && nanos > 0 {
            return Some(Moment { seconds: seconds.checked_sub(1)?, nanos: 1_000_000_000 - nanos });
        }
        Some(Moment { seconds, nanos })
    }
}

fn digits(bytes: &[u8], at: usize, count: usize) -> Option<i64> {
    let mut number = 0;
    for byte in bytes.get(at..at + count)? {
        number = number * 10 + i64::from(byte.is_ascii_digit().then(|| byte - b'0')?);
    }
    Some(number)
}

fn field(bytes: &[u8], at: usize, separator: u8) -> Option<i64> {
    (bytes.get(at) == Some(&separator)).then(|| digits(bytes, at + 1, 2))?
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar, counting years from March so that the leap day is the last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// A range of addresses. An IPv4 range never holds an IPv6 address, nor the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Network {
    base: IpAddr,
    prefix: u8,
}

impl Network {
    /// Reads `203.0.113.0/24`, `2001:db8::/32`, or a single address.
    pub(crate) fn parse(text: &str) -> Option<Network> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => {
                let plain = !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_digit());
                (address, Some(plain.then(|| prefix.parse::<u8>().ok())??))
            }
            None => (text, None),
        };
        let base: IpAddr = address.parse().ok()?;
        let longest = if base.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(longest);
        (prefix <= longest).then_some(Network { base, prefix })
    }

    /// Whether all of the other range lies in this one.
    pub(crate) fn contains(&self, other: &Network) -> bool {
        if other.prefix < self.prefix {
            return false;
        }
        match (self.base, other.base) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                u32::from(base) & mask == u32::from(address) & mask
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                u128::from(base) & mask == u128::from(address) & mask
            }
            _ => false,
        }
    }
}

/// Whether a text is `true` or `false`, in any case.
pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// Bytes written in Base64, decoded one by one.
pub(crate) struct Base64<'a> {
    text: &'a [u8],
    at: usize,
    buffer: u32,
    bits: u32,
}

impl<'a> Base64<'a> {
    /// Checks that a text is Base64, padded or not. The bytes come from iterating.
    pub(crate) fn parse(text: &'a str) -> Option<Base64<'a>> {
        let body = text.trim_end_matches('=');
        let padding = text.len() - body.len();
        let padded = padding == 0 || (padding <= 2 && text.len().is_multiple_of(4));
        let readable = body.bytes().all(|byte| sextet(byte).is_some()) && body.len() % 4 != 1;
        (padded && readable).then_some(Base64 { text: body.as_bytes(), at: 0, buffer: 0, bits: 0 })
    }
}

impl Iterator for Base64<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        while self.bits < 8 {
            let value = sextet(*self.text.get(self.at)?)?;
            self.at += 1;
            self.buffer = (self.buffer << 6 | u32::from(value)) & 0xffff;
            self.bits += 6;
        }
        self.bits -= 8;
        Some((self.buffer >> self.bits) as u8)
    }
}

fn sextet(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_compare_exactly() {
        for (left, right, expected) in [
            ("1", "1.0", Ordering::Equal),
            ("0.10", "0.1", Ordering::Equal),
            ("100", "99", Ordering::Greater),
            ("-2", "-10", Ordering::Greater),
            ("-0", "0", Ordering::Equal),
            ("0.05", "0.5", Ordering::Less),
            ("9007199254740993", "9007199254740992", Ordering::Greater),
            ("1e3", "1000", Ordering::Equal),
            ("1.5e-1", "0.15", Ordering::Equal),
            ("12.5", "12.49", Ordering::Greater),
            ("+7", "7", Ordering::Equal),
            ("007", "7", Ordering::Equal),
            ("120", "12", Ordering::Greater),
            ("0", "-1", Ordering::Greater),
        ] {
            let (a, b) = (Decimal::parse(left).unwrap(), Decimal::parse(right).unwrap());
            assert_eq!(a.compare(&b), expected, "{left} ? {right}");
            assert_eq!(b.compare(&a), expected.reverse(), "{right} ? {left}");
        }
        for bad in ["", "-", ".", "1.", "1.2.3", "0x10", "1e", "NaN", " 1", "1 ", "١"] {
            assert!(Decimal::parse(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn dates_are_read_in_all_their_forms() {
        let at = |text: &str| Moment::parse(text).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(at("1970-01-01T00:00:00Z"), at("0"));
        assert_eq!(at("2024-02-29T12:00:00Z").seconds, 1_709_208_000);
        assert_eq!(at("2024-02-29T14:00:00+02:00"), at("1709208000"));
        assert_eq!(at("2024-02-29T06:30-05:30"), at("2024-02-29T12:00:00Z"));
        assert_eq!(at("2024"), at("2024-01-01T00:00:00Z"));
        assert_eq!(at("2024-03"), at("2024-03-01"));
        assert_eq!(at("1969-12-31T23:59:59Z").seconds, -1);
        assert!(at("2024-01-01T00:00:00.25Z") > at("2024-01-01T00:00:00.2Z"));
        assert_eq!(at("-1.5"), at("1969-12-31T23:59:58.5Z"));
        for bad in [
            "",
            "2023-02-29",
            "2024-13-01",
            "2024-1-1",
            "2024-01-01T25:00Z",
            "2024-01-01T00:00:00 Z",
            "2024-01-01T",
            "soon",
            "2024-01-01T00:00:00.Z",
            "2024-01-0",
            "12.3.4",
        ] {
            assert!(Moment::parse(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn networks_hold_their_own_family_only() {
        let holds =
            |network: &str, address: &str| Network::parse(network).unwrap().contains(&Network::parse(address).unwrap());
        assert!(holds("203.0.113.0/24", "203.0.113.255"));
        assert!(!holds("203.0.113.0/24", "203.0.114.0"));
        assert!(holds("0.0.0.0/0", "8.8.8.8"));
        assert!(!holds("0.0.0.0/0", "::1"));
        assert!(holds("::/0", "2001:db8::1"));
        assert!(!holds("::/0", "10.0.0.1"));
        assert!(holds("2001:DB8:1234:5678::/64", "2001:db8:1234:5678:ffff::1"));
        assert!(holds("10.1.2.3/8", "10.200.0.1"));
        assert!(holds("10.0.0.1", "10.0.0.1"));
        for bad in ["", "10.0.0", "10.0.0.1/33", "10.0.0.1/", "10.0.0.1/+8", "::1/129", "10.0.0.256", "10.0.0.1/8/8"] {
            assert!(Network::parse(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn base64_decodes_byte_for_byte() {
        let bytes = |text: &str| Base64::parse(text).map(|bytes| bytes.collect::<Vec<u8>>());
        assert_eq!(bytes("QmluYXJ5VmFsdWVJbkJhc2U2NA==").unwrap(), b"BinaryValueInBase64");
        assert_eq!(bytes("QmluYXJ5VmFsdWVJbkJhc2U2NA").unwrap(), b"BinaryValueInBase64");
        assert_eq!(bytes("").unwrap(), b"");
        assert_eq!(bytes("/+8="), Some(vec![0xff, 0xef]));
        assert!(bytes("Q").is_none());
        assert!(bytes("QQ=").is_none());
        assert!(bytes("Q!==").is_none());
    }
}
