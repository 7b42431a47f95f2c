//! The date forms of the archives, all made from one `2024-05-18T00:10:00Z`.

/// `20240518001000`, as in ARC heads and indexes.
pub fn digits14(iso: &str) -> String {
    iso.chars().filter(char::is_ascii_digit).take(14).collect()
}

/// `Sat, 18 May 2024 00:10:00 GMT`, as in HTTP heads.
pub fn http(iso: &str) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let [year, month, day, ..] = parts(iso);
    let weekday = DAYS[(seconds(iso) / 86_400).rem_euclid(7) as usize];
    format!("{weekday}, {day:02} {} {year} {} GMT", MONTHS[month as usize - 1], &iso[11..19])
}

/// Seconds since 1970.
pub fn seconds(iso: &str) -> i64 {
    let [year, month, day, hour, minute, second] = parts(iso);
    // Days from the civil date, counted in years that begin in March.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468;
    ((days * 24 + hour) * 60 + minute) * 60 + second
}

fn parts(iso: &str) -> [i64; 6] {
    let at = [(0, 4), (5, 7), (8, 10), (11, 13), (14, 16), (17, 19)];
    at.map(|(from, to)| iso[from..to].parse().expect("a date like 2024-05-18T00:10:00Z"))
}
