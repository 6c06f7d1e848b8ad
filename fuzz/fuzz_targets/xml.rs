//! Drives the target `xml`, see `properties`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| properties::run("xml", input));
