//! Times contenders against each other.
//!
//! Rounds are interleaved, so that what disturbs the machine disturbs all alike. The
//! processor time of this thread is counted, not the clock on the wall, and the thread
//! stays on one core.

use std::time::Duration;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};

use crate::contender::Contender;

/// How long one contender runs in one round.
const ROUND: Duration = Duration::from_millis(8);
const ROUNDS: usize = 41;

/// Nanoseconds for one run.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    pub best: f64,
    pub median: f64,
}

/// Binds this thread to one core, where the system lets it.
pub fn stay_on_one_core() {
    let Ok(allowed) = sched_getaffinity(None) else {
        return;
    };
    let last = (0..CpuSet::MAX_CPU)
        .rev()
        .find(|core| allowed.is_set(*core));
    if let Some(core) = last {
        let mut one = CpuSet::new();
        one.set(core);
        let _ = sched_setaffinity(None, &one);
    }
}

/// Measures all of them.
pub fn measure(contenders: &mut [Contender]) -> Vec<Times> {
    let times: Vec<u32> = contenders.iter_mut().map(calibrate).collect();
    let mut samples = vec![Vec::with_capacity(ROUNDS); contenders.len()];
    for _ in 0..ROUNDS {
        for (at, contender) in contenders.iter_mut().enumerate() {
            let took = took(contender, times[at]);
            samples[at].push(took.as_nanos() as f64 / f64::from(times[at]));
        }
    }
    samples.iter_mut().map(|samples| summary(samples)).collect()
}

/// Measures something that takes long enough to be timed alone.
pub fn least<T>(mut once: impl FnMut() -> T) -> Times {
    const RUNS: usize = 15;
    let mut samples: Vec<f64> = (0..RUNS)
        .map(|_| {
            let before = spent();
            std::hint::black_box(once());
            (spent() - before).as_nanos() as f64
        })
        .collect();
    summary(&mut samples)
}

fn summary(samples: &mut [f64]) -> Times {
    samples.sort_by(f64::total_cmp);
    Times {
        best: samples[0],
        median: samples[samples.len() / 2],
    }
}

/// How many runs fill a round.
fn calibrate(contender: &mut Contender) -> u32 {
    let mut times = 16;
    loop {
        let took = took(contender, times);
        if took * 4 >= ROUND {
            let share = ROUND.as_secs_f64() / took.as_secs_f64();
            return (f64::from(times) * share).ceil() as u32;
        }
        times *= 2;
    }
}

fn took(contender: &mut Contender, times: u32) -> Duration {
    let before = spent();
    contender.run(times);
    spent() - before
}

/// Processor time of this thread so far.
fn spent() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime)
        .try_into()
        .expect("processor time is not negative")
}
