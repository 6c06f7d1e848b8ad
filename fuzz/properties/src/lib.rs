//! What must hold for any input: the bodies of the fuzz targets.
//!
//! A target that only waits for a panic finds little. Each of these says what is true
//! of whatever arrives, and looks at the code through its public face alone. They are a
//! plain library, so that fuzzers drive them (`fuzz/fuzz_targets`), and the test of this
//! crate replays the kept corpus on stable Rust without a fuzzer.
//!
//! The signatures of mutated requests are never right. So where a target gets a
//! mismatch, it *forges*: it knows the secret, computes the signature by itself
//! (`forge`), puts it in and goes on behind the check.

mod bucket_policies;
mod capture;
mod chunks;
mod explained;
mod forge;
mod forms;
mod keys;
mod sent;
mod served;
mod signed;
mod signing;
mod uploads;
mod values;
mod version2;
mod xml;

/// Takes one input; panics where a property does not hold.
pub type Target = fn(&[u8]);

/// Every target by its name: those of `fuzz/fuzz_targets` and of `fuzz/corpus`.
pub const TARGETS: [(&str, Target); 16] = [
    ("bucket_policy", bucket_policies::bucket_policy),
    ("chunk_stream", chunks::stream),
    ("chunk_round_trip", chunks::round_trip),
    ("curl", capture::curl_command),
    ("explain", explained::explain_any),
    ("form_data", uploads::form_data),
    ("har", capture::har_file),
    ("header", signed::header),
    ("header_values", values::header_values),
    ("policy", forms::policy),
    ("query", signed::query),
    ("sign", signing::sign),
    ("store", served::requests),
    ("url", capture::address),
    ("v2", version2::any),
    ("xml", xml::documents),
];

/// Runs the target of that name.
///
/// # Panics
/// When there is none, or a property does not hold.
pub fn run(name: &str, input: &[u8]) {
    let (_, target) = TARGETS
        .iter()
        .find(|(known, _)| *known == name)
        .unwrap_or_else(|| panic!("there is no target `{name}`"));
    target(input);
}
