//! How long a waiter spins before it parks, and why.
//!
//! Parking costs two context switches; a hand-over between two running threads costs a tenth of a
//! microsecond. A short spin is cheap insurance, and useless where it cannot help: with one
//! processor the setter cannot run meanwhile, and where threads are already queued the signal goes
//! to them.

use crate::primitive::{can_spin, relax};

/// About a microsecond of `PAUSE` on current x86 processors.
const LIMIT: u32 = 100;

/// Calls `poll` for a short while: true as soon as it says so, false when the time is up or `stop`
/// says that there is no point.
pub(crate) fn spin(mut poll: impl FnMut() -> bool, mut stop: impl FnMut() -> bool) -> bool {
    if !can_spin() {
        return false;
    }
    for _ in 0..LIMIT {
        if poll() {
            return true;
        }
        if stop() {
            return false;
        }
        relax();
    }
    false
}
