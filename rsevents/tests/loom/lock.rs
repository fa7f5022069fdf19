//! Models of the lock of a shard as it ships. The other models use a simpler lock.

use crate::exploration::{model, running};
use loom::cell::Cell;
use rsevents::model::SpinLock;

struct Counted {
    lock: SpinLock,
    count: Cell<u32>,
}

impl Counted {
    fn add(&self) {
        self.lock.lock();
        self.count.set(self.count.get() + 1);
        if self.lock.unlock() {
            self.lock.wake();
        }
    }

    fn try_add(&self) -> bool {
        let locked = self.lock.try_lock();
        if locked {
            self.count.set(self.count.get() + 1);
            if self.lock.unlock() {
                self.lock.wake();
            }
        }
        locked
    }
}

#[test]
fn one_thread_at_a_time_has_it_and_nobody_is_left_asleep() {
    model(|| {
        let counted = Counted { lock: SpinLock::new(), count: Cell::new(0) };
        running([&|| counted.add(), &|| counted.add()], || counted.add());
        assert_eq!(counted.count.get(), 3);
        assert!(counted.lock.try_lock());
    });
}

#[test]
fn a_try_succeeds_or_the_lock_is_held() {
    model(|| {
        let counted = Counted { lock: SpinLock::new(), count: Cell::new(0) };
        let ([tried], ()) = running([&|| counted.try_add()], || counted.add());
        assert_eq!(counted.count.get(), 1 + u32::from(tried));
    });
}
