//! Medians and quartiles.

/// The median of a set of figures, and the range of the middle half.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
}

impl Spread {
    /// Returns `None` if there are no figures.
    pub(crate) fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_by(f64::total_cmp);
        let at = |quarter| quantile(&figures, quarter);
        Some(Self { low: at(1)?, median: at(2)?, high: at(3)? })
    }
}

/// Returns a quartile. Between two figures, it is their weighted mean.
fn quantile(sorted: &[f64], quarter: usize) -> Option<f64> {
    let position = sorted.len().checked_sub(1)? * quarter;
    let (below, above) = (sorted[position / 4], sorted[position.div_ceil(4)]);
    let weight = [0.0, 0.25, 0.5, 0.75][position % 4];
    Some(below + (above - below) * weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_median_and_quartiles() {
        let spread = |low, median, high| Some(Spread { low, median, high });
        assert_eq!(Spread::of([]), None);
        assert_eq!(Spread::of([7.0]), spread(7.0, 7.0, 7.0));
        assert_eq!(Spread::of([2.0, 1.0]), spread(1.25, 1.5, 1.75));
        assert_eq!(Spread::of([5.0, 1.0, 4.0, 2.0, 3.0]), spread(2.0, 3.0, 4.0));
    }
}
