//! A logarithmic axis.

use std::iter::successors;

pub(super) struct Scale {
    /// The decimal logarithms of the ends.
    low: f64,
    high: f64,
    left: f64,
    width: f64,
}

impl Scale {
    /// The steps in which the axis grows. A third of a decade is about a factor of two.
    const STEP: f64 = 1.0 / 3.0;

    /// Returns an axis between `left` and `right` with room for all figures, or `None` if there are none. It
    /// ignores figures of zero, which have no logarithm.
    pub(super) fn around(
        figures: impl IntoIterator<Item = f64>,
        left: f64,
        right: f64,
    ) -> Option<Self> {
        let logs = figures.into_iter().filter(|&figure| figure > 0.0).map(f64::log10);
        let ends = |(low, high): (f64, f64), log| (low.min(log), high.max(log));
        let (low, high) = logs.fold((f64::INFINITY, f64::NEG_INFINITY), ends);
        let low = (low / Self::STEP).floor() * Self::STEP;
        let high = ((high / Self::STEP).floor() + 1.0) * Self::STEP;
        low.is_finite().then_some(Self { low, high, left, width: right - left })
    }

    /// Returns the position of a figure. A figure beyond an end is drawn at the end.
    pub(super) fn x(&self, figure: f64) -> f64 {
        let log = figure.max(f64::MIN_POSITIVE).log10();
        let part = (log - self.low) / (self.high - self.low);
        self.left + self.width * part.clamp(0.0, 1.0)
    }

    /// Returns the powers of ten on the axis.
    pub(super) fn ticks(&self) -> impl Iterator<Item = f64> {
        let powers = successors(Some((self.low - 1e-6).ceil()), |power| Some(power + 1.0));
        powers.take_while(|&power| power <= self.high + 1e-6).map(|power| 10_f64.powf(power))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_has_room_for_all_figures_and_marks_the_decades() {
        let scale = Scale::around([0.3, 300.0, 0.0], 100.0, 200.0).expect("figures");
        assert_eq!(scale.ticks().collect::<Vec<_>>(), [1.0, 10.0, 100.0]);
        assert!(scale.x(0.3) >= 100.0 && scale.x(300.0) <= 200.0);
        assert!((scale.x(10.0) - scale.x(1.0) - scale.x(100.0) + scale.x(10.0)).abs() < 1e-6);
        assert!((scale.x(0.0) - 100.0).abs() < 1e-6);
        assert!(Scale::around([0.0], 0.0, 1.0).is_none());
    }
}
