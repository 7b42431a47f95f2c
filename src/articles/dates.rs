//! Dates of publication, in the writings that exports use, read into one.
//!
//! What the text does not say is not made up: a day without a time stays a day, a time whose zone is unknown
//! gives the day alone, and `05/31/2024`, which has no month 31, gives nothing.

use crate::record::date;

/// Names of the months in RFC 2822, 3.3.
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Zones that RFC 2822, 4.3 gives a meaning, beside numbers.
const ZONES: [(&str, &str); 12] = [
    ("GMT", "+0000"),
    ("UTC", "+0000"),
    ("UT", "+0000"),
    ("Z", "+0000"),
    ("EDT", "-0400"),
    ("EST", "-0500"),
    ("CDT", "-0500"),
    ("CST", "-0600"),
    ("MDT", "-0600"),
    ("MST", "-0700"),
    ("PDT", "-0700"),
    ("PST", "-0800"),
];

/// The date in the form `2024-05-31` or `2024-05-31T08:00:00Z`; empty when it is in none of the known
/// writings.
///
/// Known are ISO 8601, RFC 2822 (RSS), `2024/05/31`, `31.05.2024` and `31/05/2024` (the day first), and
/// seconds or milliseconds since 1970.
pub(super) fn normal(raw: &str) -> String {
    let raw = raw.trim();
    iso(raw)
        .or_else(|| since_1970(raw))
        .or_else(|| year_first(raw))
        .or_else(|| day_first(raw))
        .or_else(|| rfc_2822(raw))
        .unwrap_or_default()
}

/// ISO 8601 in its long form, also with a blank before the zone, and in its short form `20240531T080000Z`.
fn iso(raw: &str) -> Option<String> {
    let read = date::read(raw).or_else(|| {
        let (day, time) = raw.split_at_checked(8)?;
        let (hour, rest) = time.strip_prefix('T')?.split_at_checked(2)?;
        let (minute, rest) = rest.split_at_checked(2)?;
        let (second, zone) = rest.split_at_checked(2)?;
        let (year, day) = day.split_at_checked(4)?;
        let (month, day) = day.split_at_checked(2)?;
        date::read(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}{zone}"))
    });
    let read = read.or_else(|| {
        let (time, zone) = raw.rsplit_once(' ')?;
        date::read(&format!("{time}{}", offset(zone)?))
    })?;
    let text = read.as_iso();
    let (day, time) = text.split_at_checked(10)?;
    match time.len() {
        // `T08:00Z`: the minute is known, and seconds are never meant to differ from zero.
        7 => Some(format!("{day}{}:00Z", time.get(..6)?)),
        9.. => Some(format!("{day}{}Z", time.get(..9)?)),
        _ => Some(day.to_owned()),
    }
}

/// Seconds since 1970, with or without a fraction, or milliseconds.
fn since_1970(raw: &str) -> Option<String> {
    let whole = raw.split_once('.').map_or(raw, |(whole, _)| whole);
    let digits = raw.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number: i64 = whole.parse().ok().filter(|_| digits)?;
    let seconds = match whole.len() {
        9 | 10 => number,
        12 | 13 => number / 1000,
        _ => return None,
    };
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let time = format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
    Some(format!("{year:04}-{month:02}-{day:02}T{time}Z"))
}

/// The day of the calendar that is `days` after 1970-01-01: whole years are taken off first, then months.
fn civil(days: i64) -> (i64, i64, i64) {
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let (mut year, mut left) = (1970, days);
    loop {
        let length = if leap(year) { 366 } else { 365 };
        if left < length {
            break;
        }
        left -= length;
        year += 1;
    }
    let lengths = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    (year, month, left + 1)
}

/// `2024/05/31`, also with a time behind it.
fn year_first(raw: &str) -> Option<String> {
    let (day, rest) = raw.split_at_checked(10)?;
    let parts: Vec<&str> = day.split('/').collect();
    let [year, month, day] = parts.as_slice() else { return None };
    iso(&format!("{year}-{month}-{day}{rest}"))
}

/// `31.05.2024`, `1.5.2024` and `31/05/2024`. A time behind it is in a zone that nobody tells, so the day is
/// what counts.
fn day_first(raw: &str) -> Option<String> {
    let word = raw.split([' ', ',', 'T']).next()?;
    let parts: Vec<&str> = word.split(['.', '/', '-']).collect();
    let [day, month, year] = parts.as_slice() else { return None };
    let short = |part: &str| (1..=2).contains(&part.len());
    (short(day) && short(month) && year.len() == 4).then_some(())?;
    iso(&format!("{year}-{month:0>2}-{day:0>2}"))
}

/// `Fri, 31 May 2024 08:00:00 +0200`, also without the day of the week, the seconds or the time.
fn rfc_2822(raw: &str) -> Option<String> {
    let raw = raw.split_once(',').map_or(raw, |(_, rest)| rest);
    let mut words = raw.split_ascii_whitespace();
    let (day, month, year) = (words.next()?, words.next()?.to_ascii_lowercase(), words.next()?);
    let month = 1 + MONTHS.iter().position(|name| month.get(..3) == Some(name))?;
    (day.len() <= 2 && year.len() == 4).then_some(())?;
    let day = iso(&format!("{year}-{month:02}-{day:0>2}"))?;
    let time = words.next().zip(words.next().and_then(offset));
    let with_time = time.and_then(|(time, zone)| iso(&format!("{day}T{time}{zone}")));
    Some(with_time.unwrap_or(day))
}

/// A zone as a number: `+0200`, `+02:00`, or one of the names that have a meaning.
fn offset(zone: &str) -> Option<&str> {
    if zone.starts_with(['+', '-']) {
        return Some(zone);
    }
    ZONES.iter().find(|(name, _)| zone.eq_ignore_ascii_case(name)).map(|(_, offset)| *offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn writings_of_a_date() {
        for (raw, date) in [
            ("2024-05-31", "2024-05-31"),
            ("2024-05-31T10:00:00+02:00", "2024-05-31T08:00:00Z"),
            ("2024-05-31T08:00:00.123Z", "2024-05-31T08:00:00Z"),
            ("2024-05-31 08:00", "2024-05-31T08:00:00Z"),
            ("2024-05-31 08:00:00 +0200", "2024-05-31T06:00:00Z"),
            ("2024-05-31 08:00:00 UTC", "2024-05-31T08:00:00Z"),
            ("20240531T080000Z", "2024-05-31T08:00:00Z"),
            ("20240531", "2024-05-31"),
            ("2024053108", "2024-05-31"),
            ("Fri, 31 May 2024 08:00:00 +0200", "2024-05-31T06:00:00Z"),
            ("Fri, 31 May 2024 08:00:00 GMT", "2024-05-31T08:00:00Z"),
            ("1 June 2024 08:00 EST", "2024-06-01T13:00:00Z"),
            ("31 May 2024 08:00:00 CET", "2024-05-31"),
            ("31 May 2024", "2024-05-31"),
            ("2024/05/31", "2024-05-31"),
            ("2024/05/31 08:00:00", "2024-05-31T08:00:00Z"),
            ("31.05.2024", "2024-05-31"),
            ("1.5.2024", "2024-05-01"),
            ("31.05.2024, 14:30 Uhr", "2024-05-31"),
            ("31/05/2024", "2024-05-31"),
            ("1717142400", "2024-05-31T08:00:00Z"),
            ("1717142400.0", "2024-05-31T08:00:00Z"),
            ("1717142400123", "2024-05-31T08:00:00Z"),
            (" 951782399\n", "2000-02-28T23:59:59Z"),
        ] {
            assert_eq!(normal(raw), date, "{raw}");
        }
    }

    #[test]
    fn what_is_no_date_is_empty() {
        for raw in [
            "",
            "yesterday",
            "05/31/2024",
            "31.02.2024",
            "2024-13-01",
            "31 Mai 2024",
            "2024",
            "12345",
            "1717142400x",
            "171714240012345",
            "1.2.3.4",
            "31 May 24",
            "ééééééééééé",
        ] {
            assert_eq!(normal(raw), "", "{raw}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(raw in "\\PC{0,40}") {
            let date = normal(&raw);
            prop_assert!(date.is_empty() || date.len() == 10 || date.len() == 20);
        }
    }
}
