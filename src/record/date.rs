//! Capture dates, in every writing the corpora use, read into one.
//!
//! In comes the text of a `WARC-Date`, an ARC header or a date field of a line file; out goes ISO 8601 in UTC and the
//! calendar day. What the text does not say is not made up: a date without a time stays a day, and an ARC stamp of ten
//! digits stays an hour. A date that no calendar has (ClueWeb writes `2008-10-294T05:21:46-0700`) is no date at all,
//! and neither is a bare count of seconds, which nothing tells apart from a shortened stamp.

use std::fmt;
use std::io::Write;

/// Years in which a run of bare digits is believed to be a stamp. Common Crawl's archives start in 2008 and the oldest
/// ARC files in 1996; without the limit the microseconds since 1970 of late 2023 read as the year 1701.
const STAMP_YEARS: std::ops::RangeInclusive<u32> = 1990..=2100;

/// The longest form: `2019-04-25T12:57:54.123456789Z`.
const LONGEST: usize = 30;

const MINUTES_A_DAY: i32 = 24 * 60;

/// A real day of the calendar as the number `yyyymmdd`, so that days compare as numbers do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub u32);

impl Day {
    /// Reads `YYYY-MM-DD`, and nothing else.
    pub fn parse(iso: &str) -> Option<Day> {
        let mut cursor = Cursor { rest: iso };
        let day = cursor.day()?;
        cursor.rest.is_empty().then_some(day)
    }

    fn of(year: u32, month: u32, day: u32) -> Option<Day> {
        let real = (1..=9999).contains(&year) && (1..=days_in(year, month)).contains(&day);
        real.then_some(Day(year * 10_000 + month * 100 + day))
    }

    fn parts(self) -> (u32, u32, u32) {
        (self.0 / 10_000, self.0 / 100 % 100, self.0 % 100)
    }

    fn next(self) -> Option<Day> {
        let (year, month, day) = self.parts();
        Day::of(year, month, day + 1)
            .or_else(|| Day::of(year, month + 1, 1))
            .or_else(|| Day::of(year + 1, 1, 1))
    }

    fn previous(self) -> Option<Day> {
        match self.parts() {
            (year, 1, 1) => Day::of(year - 1, 12, 31),
            (year, month, 1) => Day::of(year, month - 1, days_in(year, month - 1)),
            (year, month, day) => Day::of(year, month, day - 1),
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.parts();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// The number of days of a month; none for a month that does not exist.
fn days_in(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    }
}

/// When the archive says that a page was captured. Kept in place, without the heap: every record has one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CaptureDate {
    day: Day,
    text: [u8; LONGEST],
    length: u8,
}

impl CaptureDate {
    /// ISO 8601 in UTC, as precise as the archive was: `2019-04-25T12:57:54Z`, with the fraction digits it gave, or
    /// less (`2019-04-25T12:57Z`, `2019-04-25T12Z`, `2019-04-25`).
    pub fn as_iso(&self) -> &str {
        // Only ASCII is ever written into `text`, so the empty default is never taken.
        self.text
            .get(..usize::from(self.length))
            .and_then(|text| std::str::from_utf8(text).ok())
            .unwrap_or_default()
    }

    /// The day in UTC.
    pub fn day(&self) -> Day {
        self.day
    }

    /// True when its text stands before the other's in the order of bytes.
    pub fn is_before(&self, other: &CaptureDate) -> bool {
        self.text < other.text
    }

    /// A date that stands in the archive as it would be written.
    fn copy(day: Day, iso: &str) -> Option<CaptureDate> {
        let mut text = [0; LONGEST];
        text.get_mut(..iso.len())?.copy_from_slice(iso.as_bytes());
        Some(CaptureDate { day, text, length: u8::try_from(iso.len()).ok()? })
    }

    /// Writes the day and what is known of the time after it.
    fn write(day: Day, time: fmt::Arguments<'_>) -> Option<CaptureDate> {
        let mut text = [0; LONGEST];
        let mut room = text.as_mut_slice();
        write!(room, "{day}{time}").ok()?;
        let length = u8::try_from(LONGEST - room.len()).ok()?;
        Some(CaptureDate { day, text, length })
    }
}

impl fmt::Debug for CaptureDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CaptureDate").field(&self.as_iso()).finish()
    }
}

/// Reads a date in any of the writings below; `None` if it is in none of them or not a date of the calendar.
///
/// - WARC 1.0 and 1.1: `2019-04-25T12:57:54Z`, with up to nine fraction digits, or cut after the minute or the hour;
/// - with an offset, `+02:00`, `-0700` or `+02`: converted to UTC;
/// - without a zone, after a space or a `T` (C4, HPLT): taken as UTC;
/// - a day alone, `2019-04-25`;
/// - ARC stamps, `20120704122345`: 8, 10 or 12 digits go as far as they go, and of 15 to 18 the first 14 count
///   (writers that append a digit or milliseconds).
pub fn read(raw: &str) -> Option<CaptureDate> {
    let raw = raw.trim_ascii();
    if raw.bytes().all(|byte| byte.is_ascii_digit()) { read_stamp(raw) } else { read_iso(raw) }
}

fn read_iso(raw: &str) -> Option<CaptureDate> {
    let mut cursor = Cursor { rest: raw };
    let day = cursor.day()?;
    if cursor.rest.is_empty() {
        return CaptureDate::write(day, format_args!(""));
    }
    cursor.take(&['T', 't', ' '])?;
    let hour = cursor.number(2, 23)?;
    if cursor.rest == "Z" {
        return CaptureDate::write(day, format_args!("T{hour:02}Z"));
    }
    cursor.take(&[':'])?;
    let minute = cursor.number(2, 59)?;
    // Offsets are whole minutes, so what follows the minute is the same in UTC and is kept as given.
    let seconds = cursor.seconds()?;
    let offset = cursor.zone()?;
    if !cursor.rest.is_empty() {
        return None;
    }
    // Nearly all dates of WARC files, and writing them anew takes longer than reading them.
    if raw.as_bytes().get(10) == Some(&b'T') && raw.ends_with('Z') {
        return CaptureDate::copy(day, raw);
    }
    let minutes = i32::try_from(hour * 60 + minute).ok()? - offset;
    let day = match minutes.div_euclid(MINUTES_A_DAY) {
        0 => day,
        1.. => day.next()?,
        _ => day.previous()?,
    };
    let minutes = minutes.rem_euclid(MINUTES_A_DAY);
    CaptureDate::write(day, format_args!("T{:02}:{:02}{seconds}Z", minutes / 60, minutes % 60))
}

fn read_stamp(digits: &str) -> Option<CaptureDate> {
    // Thirteen digits are milliseconds since 1970 more often than a damaged stamp.
    if !matches!(digits.len(), 8 | 10 | 12 | 14..=18) {
        return None;
    }
    let mut cursor = Cursor { rest: digits };
    let year = cursor.number(4, 9999).filter(|year| STAMP_YEARS.contains(year))?;
    let day = Day::of(year, cursor.number(2, 12)?, cursor.number(2, 31)?)?;
    if digits.len() == 8 {
        return CaptureDate::write(day, format_args!(""));
    }
    let hour = cursor.number(2, 23)?;
    if digits.len() == 10 {
        return CaptureDate::write(day, format_args!("T{hour:02}Z"));
    }
    let minute = cursor.number(2, 59)?;
    if digits.len() == 12 {
        return CaptureDate::write(day, format_args!("T{hour:02}:{minute:02}Z"));
    }
    let second = cursor.number(2, 60)?;
    CaptureDate::write(day, format_args!("T{hour:02}:{minute:02}:{second:02}Z"))
}

/// What is left to read of a date.
struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    /// Exactly `width` digits, not above `most`.
    fn number(&mut self, width: usize, most: u32) -> Option<u32> {
        let (digits, rest) = self.rest.split_at_checked(width)?;
        let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
        let number = all_digits.then(|| digits.parse().ok())?.filter(|number| *number <= most)?;
        self.rest = rest;
        Some(number)
    }

    /// One of these characters.
    fn take(&mut self, any: &[char]) -> Option<()> {
        self.rest = self.rest.strip_prefix(any)?;
        Some(())
    }

    /// `YYYY-MM-DD`, a real one.
    fn day(&mut self) -> Option<Day> {
        let year = self.number(4, 9999)?;
        self.take(&['-'])?;
        let month = self.number(2, 12)?;
        self.take(&['-'])?;
        Day::of(year, month, self.number(2, 31)?)
    }

    /// `:54` or `:54.123`, or nothing. A leap second is a real second.
    fn seconds(&mut self) -> Option<&'a str> {
        let all = self.rest;
        if self.take(&[':']).is_some() {
            self.number(2, 60)?;
            if self.take(&['.']).is_some() {
                let after = self.rest.trim_start_matches(|c: char| c.is_ascii_digit());
                (1..=9).contains(&(self.rest.len() - after.len())).then_some(())?;
                self.rest = after;
            }
        }
        all.strip_suffix(self.rest)
    }

    /// Minutes east of UTC: `Z`, `+02:00`, `-0700`, `+02`, or nothing, which is taken as UTC.
    fn zone(&mut self) -> Option<i32> {
        if self.rest.is_empty() || self.take(&['Z', 'z']).is_some() {
            return Some(0);
        }
        let east = self.rest.starts_with('+');
        self.take(&['+', '-'])?;
        let hours = self.number(2, 23)?;
        let colon = self.take(&[':']).is_some();
        let minutes = if self.rest.is_empty() && !colon { 0 } else { self.number(2, 59)? };
        let offset = i32::try_from(hours * 60 + minutes).ok()?;
        Some(if east { offset } else { -offset })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn writings_of_a_date() {
        for (raw, iso) in [
            ("2019-04-25T12:57:54Z", "2019-04-25T12:57:54Z"),
            (" 2019-04-25T12:57:54z\r", "2019-04-25T12:57:54Z"),
            ("2019-04-25T12:57:54", "2019-04-25T12:57:54Z"),
            ("2019-04-25 12:57:54", "2019-04-25T12:57:54Z"),
            ("2019-04-25T12:57Z", "2019-04-25T12:57Z"),
            ("2019-04-25", "2019-04-25"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:60Z"),
            ("2019-04-25T12:57:54.5Z", "2019-04-25T12:57:54.5Z"),
            ("2019-04-25T12:57:54.123456789Z", "2019-04-25T12:57:54.123456789Z"),
            ("2023-04-07T15:24:38.743534+00:00", "2023-04-07T15:24:38.743534Z"),
            ("2017-08-14 09:25:22+00:00", "2017-08-14T09:25:22Z"),
            ("2019-04-25T12:57:54+02:00", "2019-04-25T10:57:54Z"),
            ("2019-04-25T12:57:54-0700", "2019-04-25T19:57:54Z"),
            ("2019-04-25T12:57:54+02", "2019-04-25T10:57:54Z"),
            ("2020-03-01T00:30:00+01:00", "2020-02-29T23:30:00Z"),
            ("2019-01-01T00:30:00.25+05:30", "2018-12-31T19:00:00.25Z"),
            ("2019-02-28T23:30:00-0100", "2019-03-01T00:30:00Z"),
            ("2019-12-31T23:30:00-0100", "2020-01-01T00:30:00Z"),
            ("20120704122345", "2012-07-04T12:23:45Z"),
            ("201207041223459", "2012-07-04T12:23:45Z"),
            ("20120704122345678", "2012-07-04T12:23:45Z"),
            ("201207041223", "2012-07-04T12:23Z"),
            ("2012070412", "2012-07-04T12Z"),
            ("20120704", "2012-07-04"),
        ] {
            let date = read(raw);
            assert_eq!(date.as_ref().map(CaptureDate::as_iso), Some(iso), "{raw}");
            assert_eq!(date.map(|date| date.day()), Day::parse(&iso[..10]), "{raw}");
            assert_eq!(read(iso), date, "what was written reads again as itself: {iso}");
        }
    }

    #[test]
    fn what_is_no_date() {
        for raw in [
            "",
            "2008-10-294T05:21:46-0700",
            "2019-13-01",
            "2019-02-29",
            "1900-02-29",
            "2019-04-31T00:00:00Z",
            "2019-04-25T24:00:00Z",
            "2019-04-25T12:60:00Z",
            "2019-04-25T12:57:61Z",
            "2019-04-25T12:57:54.Z",
            "2019-04-25T12:57:54.1234567890Z",
            "2019-04-25T12:57:54+2:00",
            "2019-04-25T12:57:54+02:",
            "2019-04-25T12:57:54Z!",
            "2019-04-25T",
            "2019-04",
            "+019-04-25",
            "0000-01-01",
            "0001-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
            "Thu, 25 Apr 2019 12:57:54 GMT",
            "２０１９-04-25",
            "1556197074",          // seconds since 1970
            "1556197074123",       // milliseconds
            "1701010112123456",    // microseconds: 1701-01-01 if the year were not limited
            "20121304122345",      // month 13
            "201207041",           // 9 digits
            "2012070412234567890", // 19 digits
        ] {
            assert_eq!(read(raw), None, "{raw}");
        }
    }

    #[test]
    fn days_are_real_and_ordered() {
        assert_eq!(Day::parse("2000-02-29"), Some(Day(20_000_229)));
        for raw in
            ["2100-02-29", "2019-4-25", "2019-04-25T00:00:00Z", "2019-00-10", "2019-01-00", "20190425", ""]
        {
            assert_eq!(Day::parse(raw), None, "{raw}");
        }
        assert!(Day::parse("2019-12-31") < Day::parse("2020-01-01"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(raw in "\\PC{0,40}") {
            let _ = read(&raw);
        }

        #[test]
        fn a_read_date_reads_again_as_itself(raw in "(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]([T ][0-2][0-9]:[0-5][0-9](:[0-6][0-9](\\.[0-9]{1,9})?)?(Z|[+-][01][0-9]:?[0-5][0-9])?)?") {
            if let Some(date) = read(&raw) {
                prop_assert_eq!(read(date.as_iso()), Some(date));
            }
        }

        #[test]
        fn stepping_a_day_there_and_back(year in 2u32..9999, month in 1u32..=12, day in 1u32..=31) {
            if let Some(day) = Day::of(year, month, day) {
                prop_assert_eq!(day.next().and_then(Day::previous), Some(day));
                prop_assert!(day.next() > Some(day));
            }
        }
    }
}
