//! Counts, in the global allocator of this binary, what a thread allocates.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

#[global_allocator]
static COUNTING: Counting = Counting;

struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<isize> = const { Cell::new(0) };
}

fn count(allocations: usize, bytes: isize) {
    COUNT.set(COUNT.get() + allocations);
    BYTES.set(BYTES.get() + bytes);
}

fn bytes(layout: Layout) -> isize {
    isize::try_from(layout.size()).expect("no layout is larger")
}

// SAFETY: the system allocator does everything except counting. The counters need neither memory
// nor destructors.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(1, bytes(layout));
        // SAFETY: the caller keeps to the same contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(0, -bytes(layout));
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) };
    }
}

/// What the calling thread allocated in the meantime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allocated {
    pub(crate) count: usize,
    /// The bytes allocated, less those freed.
    pub(crate) bytes: isize,
}

/// Returns what the calling thread allocates in `action`.
pub(crate) fn allocated(action: impl FnOnce()) -> Allocated {
    let (count, bytes) = (COUNT.get(), BYTES.get());
    action();
    Allocated { count: COUNT.get() - count, bytes: BYTES.get() - bytes }
}
