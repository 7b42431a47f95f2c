//! A share that was counted, with what the count can and cannot say.

use serde::Serialize;

/// The 97.5th percentile of the normal distribution, for intervals of 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// So many of so many, with the interval of Wilson (1927), which holds for 0 and for all as well.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rate {
    /// How many.
    pub count: u64,
    /// Of how many.
    pub of: u64,
    /// The share; `None` of nothing.
    pub rate: Option<f64>,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Rate {
    /// `count` of `of`.
    pub fn new(count: u64, of: u64) -> Rate {
        let (low, high) = match of {
            0 => (0.0, 1.0),
            _ => wilson(count as f64, of as f64),
        };
        let low = if count == 0 { 0.0 } else { low };
        let high = if count == of { 1.0 } else { high };
        let rate = (of > 0).then(|| rounded(count as f64 / of as f64));
        Rate { count, of, rate, low: rounded(low), high: rounded(high) }
    }

    /// The share in words: with its interval, or with no more than its end where nothing, or nothing else, was seen.
    pub fn words(&self) -> String {
        match self.rate {
            None => "none to count".to_owned(),
            Some(_) if self.count == 0 => format!("0 (at most {})", percent(self.high)),
            Some(rate) if self.count == self.of => {
                format!("{} (at least {})", percent(rate), percent(self.low))
            }
            Some(rate) => format!("{} ({} to {})", percent(rate), percent(self.low), percent(self.high)),
        }
    }
}

fn wilson(count: f64, of: f64) -> (f64, f64) {
    let square = Z * Z;
    let share = count / of;
    let middle = share + square / (2.0 * of);
    let reach = Z * (share * (1.0 - share) / of + square / (4.0 * of * of)).sqrt();
    let scale = 1.0 + square / of;
    ((middle - reach) / scale, (middle + reach) / scale)
}

/// Six decimals: more would only be noise in the report.
pub fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// A share as a percentage; small ones with more digits.
pub fn percent(share: f64) -> String {
    match share * 100.0 {
        hundredths if hundredths < 10.0 => format!("{hundredths:.2} %"),
        hundredths => format!("{hundredths:.1} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_intervals_are_those_of_the_formula() {
        // 81 of 263, the example of Newcombe 1998: 0.2553 to 0.3662.
        let rate = Rate::new(81, 263);
        assert!((rate.low - 0.2553).abs() < 5e-5 && (rate.high - 0.3662).abs() < 5e-5, "{rate:?}");
        assert_eq!(Rate::new(0, 1_000).words(), "0 (at most 0.38 %)");
        assert_eq!(Rate::new(200, 200).words(), "100.0 % (at least 98.1 %)");
        assert_eq!(Rate::new(1, 2).words(), "50.0 % (9.45 % to 90.5 %)");
        assert_eq!((Rate::new(0, 0).rate, Rate::new(0, 0).words().as_str()), (None, "none to count"));
    }
}
