//! What a thread allocates, counted by the global allocator of this binary.

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

// SAFETY: everything is the system's but the counters, which need neither memory nor destructors.
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

/// What the calling thread allocated meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allocated {
    pub(crate) count: usize,
    /// Less what it gave back.
    pub(crate) bytes: isize,
}

/// What the calling thread allocates in `action`.
pub(crate) fn allocated(action: impl FnOnce()) -> Allocated {
    let (count, bytes) = (COUNT.get(), BYTES.get());
    action();
    Allocated { count: COUNT.get() - count, bytes: BYTES.get() - bytes }
}
