//! Drives the target `url`, see `properties`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| properties::run("url", input));
