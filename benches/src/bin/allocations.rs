//! Counts the heap allocations of each contender, and prints one a line.
//!
//! A program of its own: counting makes allocations slower, and that must not be in the times.

fn main() {
    const TIMES: u32 = 64;
    for mut contender in dropslip_benches::all() {
        contender.run(4);
        let counted = allocation_counter::measure(|| contender.run(TIMES));
        let each = |total: u64| total as f64 / f64::from(TIMES);
        println!(
            "{}\t{:.0}\t{:.0}",
            contender.name,
            each(counted.count_total),
            each(counted.bytes_total)
        );
    }
}
