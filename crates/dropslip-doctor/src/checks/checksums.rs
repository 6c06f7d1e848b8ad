//! The five checksums: whether a right one is taken, and a wrong one refused.

use dropslip_s3::checksum::{Algorithm, Hasher};

use super::tried::{PICTURE, TYPE, Tried, browser, is_empty, on_the_way, said, told};
use crate::finding::{Check, Finding};
use crate::ground::{Ground, Order};

pub(super) async fn check(ground: &Ground<'_>) -> Vec<Finding> {
    let (crc32, crc32c, crc64, sha1, sha256) = tokio::join!(
        one(ground, Algorithm::Crc32, Check::ChecksumCrc32),
        one(ground, Algorithm::Crc32c, Check::ChecksumCrc32c),
        one(ground, Algorithm::Crc64Nvme, Check::ChecksumCrc64Nvme),
        one(ground, Algorithm::Sha1, Check::ChecksumSha1),
        one(ground, Algorithm::Sha256, Check::ChecksumSha256)
    );
    vec![crc32, crc32c, crc64, sha1, sha256]
}

async fn one(ground: &Ground<'_>, algorithm: Algorithm, check: Check) -> Finding {
    told(check, compared(ground, algorithm, check).await)
}

async fn compared(ground: &Ground<'_>, algorithm: Algorithm, check: Check) -> Tried<Finding> {
    let header = algorithm.header();
    let (_, right_target) = ground.public_object(&format!("{}-right", check.id()));
    let (wrong_key, wrong_target) = ground.public_object(&format!("{}-wrong", check.id()));
    let (right, wrong) = (of(algorithm, PICTURE), of(algorithm, b"something else"));
    let right_headers = [("content-type", TYPE), (header, &*right)];
    let wrong_headers = [("content-type", TYPE), (header, &*wrong)];
    let order = Order {
        headers: &right_headers,
        body: PICTURE,
        ..Order::new("PUT", &right_target)
    };
    let lie = Order {
        target: &wrong_target,
        headers: &wrong_headers,
        ..order
    };
    let (right, wrong) = tokio::join!(browser(ground, order), browser(ground, lie));
    let (right, wrong) = (right?, wrong?);
    if !right.is_success() {
        if let Some(because) = on_the_way(&right, &order) {
            return Ok(Finding::no(check, said(&right), because));
        }
        let detail = format!("the header is refused: {}", said(&right));
        return Ok(Finding::not_offered(check, detail));
    }
    if wrong.is_success() {
        let detail = "takes the header and compares nothing";
        return Ok(Finding::not_offered(check, detail));
    }
    if !is_empty(ground, &wrong_key).await {
        let detail = format!("a wrong one is refused ({}) and stored", wrong.shown());
        return Ok(Finding::not_offered(check, detail));
    }
    let detail = format!("a wrong one is refused: {}", wrong.shown());
    Ok(Finding::yes(check, detail))
}

fn of(algorithm: Algorithm, bytes: &[u8]) -> String {
    let mut hasher = Hasher::new(algorithm);
    hasher.update(bytes);
    hasher.finish().to_string()
}
