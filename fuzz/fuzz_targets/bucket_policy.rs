//! Drives the target `bucket_policy`, see `properties`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| properties::run("bucket_policy", input));
