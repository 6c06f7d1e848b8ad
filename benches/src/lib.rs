//! What the benchmarks measure: this signer, others, and the hashing alone.
//!
//! All sign one and the same upload, see `input`. The limit is what no signer of
//! this kind can do without: the hashing of a request whose text is at hand, with a
//! signing key that is kept, by the crates that ours is built on.

pub mod contender;
pub mod explain;
pub mod input;
pub mod instructions;
pub mod limit;
pub mod measure;
pub mod ours;
#[cfg(feature = "peers")]
pub mod peers;
pub mod table;

pub use contender::Contender;

/// The whole presign of one upload: the limit, ours, and the peers.
pub fn presign() -> Vec<Contender> {
    #[cfg_attr(
        not(feature = "peers"),
        expect(unused_mut, reason = "there are no more")
    )]
    let mut all = vec![limit::presign(), ours::presign()];
    #[cfg(feature = "peers")]
    all.extend(peers::all());
    all
}

/// One part of a multipart upload, of many that are presigned together.
pub fn parts() -> Vec<Contender> {
    vec![
        limit::part(),
        limit::part_shared(),
        ours::part(),
        ours::part_alone(),
    ]
}

/// The check of one presigned upload as it arrives.
pub fn verify() -> Vec<Contender> {
    vec![limit::presign(), ours::verify()]
}

/// Every contender of every benchmark.
pub fn all() -> Vec<Contender> {
    let mut all = presign();
    all.extend(parts());
    all.extend(verify().into_iter().skip(1));
    all
}
