//! How long to wait before an exchange is tried again.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use chrono::{DateTime, Utc};

/// The longest wait between two tries. A server that asks for more is left alone.
pub const LONGEST: Duration = Duration::from_secs(300);

/// The wait before try number `failures` + 1: doubled each time, and between half of it and all of it by chance, so that
/// many workers do not come back at the same moment.
pub fn backoff(first: Duration, failures: u32) -> Duration {
    let doubled = first.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(Duration::from_secs(60));
    // Each state is seeded by chance.
    let chance = RandomState::new().hash_one(failures) % 1000;
    doubled / 2 + doubled / 2 * chance as u32 / 1000
}

/// The header `Retry-After`: seconds, or a date (RFC 9110, 10.2.3).
pub fn retry_after(header: &str, now: DateTime<Utc>) -> Option<Duration> {
    if let Ok(seconds) = header.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::parse_from_rfc2822(header.trim()).ok()?;
    Some((date.to_utc() - now).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stay_bounded() {
        let first = Duration::from_millis(800);
        for (failures, most) in [(1, 800), (2, 1600), (3, 3200), (20, 60_000), (u32::MAX, 60_000)] {
            let wait = backoff(first, failures);
            let most = Duration::from_millis(most);
            assert!(wait >= most / 2 && wait <= most, "{failures}: {wait:?}");
        }
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let now = DateTime::parse_from_rfc2822("Sun, 06 Nov 1994 08:49:37 GMT").unwrap().to_utc();
        assert_eq!(retry_after("120", now), Some(Duration::from_secs(120)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:50:07 GMT", now), Some(Duration::from_secs(30)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:07 GMT", now), Some(Duration::ZERO), "passed");
        assert_eq!(retry_after("soon", now), None);
    }
}
