//! Drives the target `v2`, see `properties`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| properties::run("v2", input));
