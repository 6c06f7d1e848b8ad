//! What was measured: many samples of each thing, of which the median counts.

use std::collections::BTreeMap;

/// Samples by who and what.
#[derive(Debug, Default)]
pub struct Figures(BTreeMap<(&'static str, String), Vec<f64>>);

impl Figures {
    pub fn add(&mut self, who: &'static str, what: impl Into<String>, value: f64) {
        self.0.entry((who, what.into())).or_default().push(value);
    }

    /// The middle one, if there is any.
    pub fn median(&self, who: &'static str, what: &str) -> Option<f64> {
        let samples = self.0.get(&(who, what.to_owned()))?;
        let mut samples = samples.clone();
        samples.sort_by(f64::total_cmp);
        let half = samples.len() / 2;
        Some(match samples.len() % 2 {
            0 => f64::midpoint(samples[half - 1], samples[half]),
            _ => samples[half],
        })
    }

    /// The largest one, if there is any.
    pub fn most(&self, who: &'static str, what: &str) -> Option<f64> {
        let samples = self.0.get(&(who, what.to_owned()))?;
        samples.iter().copied().max_by(f64::total_cmp)
    }
}

/// A figure with as many digits as mean something.
pub fn shown(value: Option<f64>) -> String {
    match value {
        None => "–".to_owned(),
        Some(value) if value >= 1000.0 => {
            let whole = format!("{value:.0}");
            let (thousands, rest) = whole.split_at(whole.len() - 3);
            format!("{thousands},{rest}")
        }
        Some(value) if value >= 100.0 => format!("{value:.0}"),
        Some(value) if value >= 10.0 => format!("{value:.1}"),
        Some(value) => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_counts() {
        let mut figures = Figures::default();
        assert_eq!(figures.median("a", "x"), None);
        for value in [9.0, 1.0, 3.0] {
            figures.add("a", "x", value);
        }
        assert_eq!(figures.median("a", "x"), Some(3.0));
        figures.add("a", "x", 5.0);
        assert_eq!(figures.median("a", "x"), Some(4.0));
        assert_eq!(figures.most("a", "x"), Some(9.0));
        assert_eq!(figures.median("b", "x"), None);
    }

    #[test]
    fn digits() {
        let check = |value, expect: &str| assert_eq!(shown(Some(value)), expect);
        check(12345.6, "12,346");
        check(999.6, "1000");
        check(345.6, "346");
        check(34.56, "34.6");
        check(0.123, "0.12");
        assert_eq!(shown(None), "–");
    }
}
