//! Drives the target `chunk_round_trip`, see `properties`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| properties::run("chunk_round_trip", input));
