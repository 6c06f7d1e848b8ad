//! Drives the target `chunk_stream`, see `properties`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| properties::run("chunk_stream", input));
