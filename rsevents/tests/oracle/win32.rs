//! The events of Win32, for programs.

use crate::program::{Kind, Wait};
use std::ffi::c_void;
use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle, RawHandle};
use std::ptr;
use std::time::Duration;

#[link(name = "kernel32")]
unsafe extern "system" {
    fn CreateEventW(
        attributes: *const c_void,
        manual_reset: i32,
        initial_state: i32,
        name: *const u16,
    ) -> RawHandle;
    fn SetEvent(event: RawHandle) -> i32;
    fn ResetEvent(event: RawHandle) -> i32;
    fn PulseEvent(event: RawHandle) -> i32;
    fn WaitForSingleObject(handle: RawHandle, milliseconds: u32) -> u32;
    fn WaitForMultipleObjects(
        count: u32,
        handles: *const RawHandle,
        wait_all: i32,
        milliseconds: u32,
    ) -> u32;
}

const WAIT_TIMEOUT: usize = 258;

/// Fails if a function that returns a `BOOL` has failed.
fn succeeds(result: i32) {
    assert_ne!(result, 0, "{}", io::Error::last_os_error());
}

pub(crate) struct Events(Vec<OwnedHandle>);

impl Events {
    fn handle(&self, event: usize) -> RawHandle {
        self.0[event].as_raw_handle()
    }

    fn wait_for_multiple(&self, events: &[usize], all: bool, milliseconds: u32) -> u32 {
        let handles: Vec<_> = events.iter().map(|&event| self.handle(event)).collect();
        let count = handles.len().try_into().expect("few events");
        // SAFETY: the handles are open, and the count is theirs.
        unsafe { WaitForMultipleObjects(count, handles.as_ptr(), all.into(), milliseconds) }
    }
}

impl crate::program::Events for Events {
    fn new(events: &[(Kind, bool)]) -> Self {
        let event = |&(kind, set): &(Kind, bool)| {
            let manual = matches!(kind, Kind::Manual).into();
            // SAFETY: the attributes and the name are optional.
            let handle = unsafe { CreateEventW(ptr::null(), manual, set.into(), ptr::null()) };
            assert!(!handle.is_null(), "{}", io::Error::last_os_error());
            // SAFETY: the handle is open, and only this owner closes it.
            unsafe { OwnedHandle::from_raw_handle(handle) }
        };
        Self(events.iter().map(event).collect())
    }

    fn set(&self, event: usize) {
        // SAFETY: the handle is open.
        succeeds(unsafe { SetEvent(self.handle(event)) });
    }

    fn reset(&self, event: usize) {
        // SAFETY: the handle is open.
        succeeds(unsafe { ResetEvent(self.handle(event)) });
    }

    fn pulse(&self, event: usize) {
        // SAFETY: the handle is open.
        succeeds(unsafe { PulseEvent(self.handle(event)) });
    }

    fn wait(&self, wait: &Wait, limit: Duration) -> Option<usize> {
        let milliseconds = limit.as_millis().try_into().expect("a short limit");
        let (result, handles) = match wait {
            Wait::One(event) => {
                // SAFETY: the handle is open.
                (unsafe { WaitForSingleObject(self.handle(*event), milliseconds) }, 1)
            }
            Wait::Any(events) => {
                (self.wait_for_multiple(events, false, milliseconds), events.len())
            }
            Wait::All(events) => (self.wait_for_multiple(events, true, milliseconds), events.len()),
        };
        match (result as usize, wait) {
            (WAIT_TIMEOUT, _) => None,
            (index, _) if index >= handles => panic!("{}", io::Error::last_os_error()),
            // For a wait for all, the returned index is arbitrary.
            (_, Wait::All(_)) => Some(0),
            (index, _) => Some(index),
        }
    }
}
