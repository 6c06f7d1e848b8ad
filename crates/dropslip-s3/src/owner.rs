//! Who owns buckets and objects: a name, and the ids that S3 has for it.
//!
//! S3 knows owners by a canonical id and by an account. Both are made from the owner's
//! name here, so they need no registry and stay the same for as long as the name does.

use sha2::Digest as _;

/// The canonical user id of an owner: 64 hexadecimal digits. It is what `ID` elements and
/// grants carry.
#[must_use]
pub fn canonical_id(owner: &str) -> String {
    let digest = sha2::Sha256::digest(owner.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The account of an owner: 12 decimal digits, as they stand in ARNs.
#[must_use]
pub fn account_id(owner: &str) -> String {
    const ACCOUNTS: u64 = 1_000_000_000_000;
    let digest = sha2::Sha256::digest(owner.as_bytes());
    let first = digest
        .first_chunk()
        .map_or(0, |first| u64::from_be_bytes(*first));
    format!("{:012}", first % ACCOUNTS)
}

/// The ARN of an owner, such as `arn:aws:iam::123456789012:user/alice`.
#[must_use]
pub fn arn(owner: &str) -> String {
    format!("arn:aws:iam::{}:user/{owner}", account_id(owner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_of_their_form_and_stay() {
        let id = canonical_id("dropslip");
        assert!(id.len() == 64 && id.bytes().all(|b| b.is_ascii_hexdigit()));
        assert_eq!(id, canonical_id("dropslip"));
        assert_ne!(id, canonical_id("Dropslip"));
        let account = account_id("dropslip");
        assert!(account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()));
        assert_ne!(account, account_id("Dropslip"));
        assert_eq!(
            arn("dropslip"),
            format!("arn:aws:iam::{account}:user/dropslip")
        );
        // The published digest of `abc`, so that a change of the derivation is seen.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(canonical_id("abc"), abc);
    }
}
