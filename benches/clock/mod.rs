//! Processor time, which neighbours on a shared machine disturb less than the wall clock.

/// Time that this process has had on a processor, in nanoseconds; where the system doesn't tell (it does on Linux), the
/// wall clock's.
#[expect(clippy::disallowed_types, reason = "a benchmark measures real time")]
pub(crate) fn cpu_ns() -> u64 {
    use std::sync::OnceLock;
    use std::time::Instant;
    static BEGUN: OnceLock<Instant> = OnceLock::new();
    // What is told was added up when the process last went off its processor, or a tick ago.
    std::thread::yield_now();
    let told = std::fs::read_to_string("/proc/self/schedstat").ok();
    let told = told.and_then(|text| text.split(' ').next()?.parse().ok());
    told.unwrap_or_else(|| BEGUN.get_or_init(Instant::now).elapsed().as_nanos() as u64)
}
