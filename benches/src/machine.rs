//! The machine: which processors threads run on, the processor time they use, and the machine's description.

use std::time::{Duration, Instant};

/// Which processors the two parties of a workload run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    TwoCores,
    /// Each of this many threads on its own processor.
    Cores(usize),
    OneCore,
    /// On any processor that the scheduler picks.
    Anywhere,
}

impl Place {
    /// Returns whether the machine has these processors, and this program can pin threads to them.
    pub(crate) fn exists(self) -> bool {
        let needed = match self {
            Self::TwoCores => 2,
            Self::Cores(count) => count,
            Self::OneCore => 1,
            Self::Anywhere => 0,
        };
        processors().len() >= needed
    }

    /// Pins the calling thread, which has the number `party` among the threads.
    pub(crate) fn take(self, party: usize) {
        match self {
            Self::TwoCores => pin(processors()[party % 2]),
            Self::Cores(count) => pin(processors()[party % count]),
            Self::OneCore => pin(processors()[0]),
            Self::Anywhere => {}
        }
    }
}

/// Keeps a processor busy for at least `duration`.
pub(crate) fn work(duration: Duration) {
    if !duration.is_zero() {
        let start = Instant::now();
        while start.elapsed() < duration {
            std::hint::spin_loop();
        }
    }
}

/// Returns the processor's name, how many processors this program may use, and the system.
#[must_use]
pub fn describe() -> String {
    let model = model().unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let is_virtual =
        std::fs::read_to_string("/proc/cpuinfo").is_ok_and(|text| text.contains(" hypervisor"));
    let virtual_machine = if is_virtual { " (virtual machine)" } else { "" };
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    // The distributor's suffix follows the version numbers.
    let kernel = kernel.trim().split('-').next().unwrap_or_default();
    let system = match std::env::consts::OS {
        "linux" => "Linux",
        "macos" => "macOS",
        "windows" => "Windows",
        other => other,
    };
    let text = format!("{model}{virtual_machine}, {count} processors, {system} {kernel}");
    text.trim_end().to_owned()
}

/// Returns the processor's own name or, on ARM under Linux, the name of the board.
fn model() -> Option<String> {
    let text = if cfg!(target_os = "macos") {
        let output =
            std::process::Command::new("sysctl").args(["-n", "machdep.cpu.brand_string"]).output();
        String::from_utf8(output.ok()?.stdout).ok()?
    } else if cfg!(windows) {
        std::env::var("PROCESSOR_IDENTIFIER").ok()?
    } else {
        let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
        match text.lines().find(|line| line.starts_with("model name")) {
            Some(line) => line.split_once(':')?.1.to_owned(),
            None => std::fs::read_to_string("/proc/device-tree/model").ok()?,
        }
    };
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    (!text.is_empty()).then(|| text.to_owned())
}

/// Restricts this program to the first `count` of the processors that it may use. Call it before anything
/// else.
///
/// # Errors
///
/// Returns an error if the program may use fewer processors, or if the system does not support this.
#[cfg(target_os = "linux")]
pub fn restrict_to_processors(count: usize) -> Result<(), String> {
    let allowed = linux::allowed();
    match allowed.get(..count) {
        Some(some) => linux::allow(some),
        None => return Err(format!("this program may use {} processors only", allowed.len())),
    }
    Ok(())
}

/// Fails, because only Linux supports this.
///
/// # Errors
///
/// Always returns an error.
#[cfg(not(target_os = "linux"))]
pub fn restrict_to_processors(_count: usize) -> Result<(), String> {
    Err("threads can be kept to some processors on Linux only".to_owned())
}

#[cfg(target_os = "linux")]
pub(crate) use linux::{pin, processors};

#[cfg(target_os = "linux")]
mod linux {
    use std::sync::OnceLock;

    /// Returns the processors that this program was allowed to use at the first call.
    pub(crate) fn processors() -> &'static [usize] {
        static PROCESSORS: OnceLock<Vec<usize>> = OnceLock::new();
        PROCESSORS.get_or_init(allowed)
    }

    /// Returns the processors that the calling thread may use.
    pub(crate) fn allowed() -> Vec<usize> {
        let mut allowed = empty_set();
        // SAFETY: the pointer is to a set of the size given; 0 is the calling thread.
        let code = unsafe { libc::sched_getaffinity(0, size_of_val(&allowed), &raw mut allowed) };
        assert_eq!(code, 0, "{}", std::io::Error::last_os_error());
        let limit = usize::try_from(libc::CPU_SETSIZE).expect("a positive constant");
        // SAFETY: the index is below the size of the set.
        (0..limit).filter(|&cpu| unsafe { libc::CPU_ISSET(cpu, &allowed) }).collect()
    }

    pub(crate) fn pin(processor: usize) {
        allow(&[processor]);
    }

    /// Restricts the calling thread, and threads that it starts later, to these processors.
    pub(crate) fn allow(processors: &[usize]) {
        let mut only = empty_set();
        for &processor in processors {
            // SAFETY: the index comes from a set of this size.
            unsafe { libc::CPU_SET(processor, &mut only) };
        }
        // SAFETY: the pointer is to a set of the size given; 0 is the calling thread.
        let code = unsafe { libc::sched_setaffinity(0, size_of_val(&only), &raw const only) };
        assert_eq!(code, 0, "{}", std::io::Error::last_os_error());
    }

    fn empty_set() -> libc::cpu_set_t {
        // SAFETY: a set is an array of integers, and all zeros is the empty set.
        unsafe { std::mem::zeroed() }
    }
}

/// Returns no processor, because threads are pinned on Linux only. Questions that need pinning are left out.
#[cfg(not(target_os = "linux"))]
pub(crate) fn processors() -> &'static [usize] {
    &[]
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn pin(_processor: usize) {}

/// Returns the processor time that this program has used, in user and kernel mode together.
#[cfg(unix)]
pub(crate) fn cpu_time() -> Option<Duration> {
    let mut usage = std::mem::MaybeUninit::uninit();
    // SAFETY: the pointer is to a `rusage`, which the call fills.
    let code = unsafe { libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr()) };
    // SAFETY: the call succeeded.
    let usage: libc::rusage = (code == 0).then(|| unsafe { usage.assume_init() })?;
    Some([usage.ru_utime, usage.ru_stime].into_iter().map(duration).sum())
}

#[cfg(unix)]
fn duration(time: libc::timeval) -> Duration {
    let micros = u64::try_from(time.tv_usec).expect("never negative");
    Duration::from_secs(u64::try_from(time.tv_sec).expect("never negative"))
        + Duration::from_micros(micros)
}

#[cfg(not(unix))]
pub(crate) fn cpu_time() -> Option<Duration> {
    None
}
