//! Tokens: what is sealed opens, and nothing else does.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dropslip_s3::checksum::{Algorithm, Hasher};
use dropslip_s3::{BucketName, ObjectKey};
use dropslip_service::limits::TOKEN_CHARS_MAX;
use dropslip_service::token::{Sealer, Sum, TokenError, Travel, Upload};
use dropslip_sigv4::Timestamp;
use uuid::Uuid;

use crate::app::{SECRET_KEY, START};

fn upload() -> Upload {
    Upload {
        id: Uuid::from_u128(0x018f_6b1e_7c5a_7d3e_9c1a_0123_4567_89ab),
        preset: "photo".to_owned(),
        storage: "default".to_owned(),
        bucket: BucketName::parse("uploads").unwrap(),
        key: ObjectKey::parse("photos/é \"x\".jpg").unwrap(),
        travel: Travel::Put,
        content_type: "image/jpeg".to_owned(),
        size_bytes_min: 0,
        size_bytes_max: u64::MAX,
        checksum: None,
        single_use: true,
        verify: false,
        public: true,
        subject: None,
        metadata: Vec::new(),
        issued: Timestamp::from_unix_s(START),
        url_expires: Timestamp::from_unix_s(START + 900),
    }
}

fn sealer() -> Sealer {
    Sealer::new(&SECRET_KEY.into())
}

fn at(after_s: i64) -> Timestamp {
    Timestamp::from_unix_s(START + after_s)
}

fn token() -> String {
    sealer().seal(&upload(), [7; 24])
}

#[track_caller]
fn check_refused(token: &str, expected: TokenError) {
    assert_eq!(sealer().open(token, at(0)), Err(expected), "{token}");
}

#[test]
fn what_is_sealed_opens() {
    assert_eq!(sealer().open(&token(), at(0)), Ok(upload()));
}

#[test]
fn another_replica_opens_it() {
    let (one, other) = (sealer(), Sealer::new(&SECRET_KEY.into()));
    assert_eq!(
        other.open(&one.seal(&upload(), [1; 24]), at(0)),
        Ok(upload())
    );
}

#[test]
fn it_shows_nothing_and_differs_each_time() {
    let (one, other) = (token(), sealer().seal(&upload(), [8; 24]));
    assert_ne!(one, other);
    let bytes = URL_SAFE_NO_PAD.decode(&one).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(!text.contains("uploads") && !text.contains("photo"));
    assert!(
        one.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    );
}

#[test]
fn any_altered_byte_is_refused() {
    let bytes = URL_SAFE_NO_PAD.decode(token()).unwrap();
    for at in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        let expected = if at == 0 {
            TokenError::Version
        } else {
            TokenError::Forged
        };
        check_refused(&URL_SAFE_NO_PAD.encode(altered), expected);
    }
}

#[test]
fn truncated_is_refused() {
    let bytes = URL_SAFE_NO_PAD.decode(token()).unwrap();
    check_refused("", TokenError::Malformed);
    for length in 1..bytes.len() {
        let expected = if length < 25 {
            TokenError::Malformed
        } else {
            TokenError::Forged
        };
        check_refused(&URL_SAFE_NO_PAD.encode(&bytes[..length]), expected);
    }
}

#[test]
fn extended_is_refused() {
    let mut bytes = URL_SAFE_NO_PAD.decode(token()).unwrap();
    bytes.push(0);
    check_refused(&URL_SAFE_NO_PAD.encode(bytes), TokenError::Forged);
}

#[test]
fn another_key_is_refused() {
    let foreign = Sealer::new(&"another secret".into()).seal(&upload(), [7; 24]);
    check_refused(&foreign, TokenError::Forged);
}

#[test]
fn another_version_is_refused() {
    for version in [0, 1, 3, 255] {
        let mut bytes = URL_SAFE_NO_PAD.decode(token()).unwrap();
        bytes[0] = version;
        check_refused(&URL_SAFE_NO_PAD.encode(bytes), TokenError::Version);
    }
}

#[test]
fn it_lives_24_hours_longer_than_the_url() {
    let last = 900 + 24 * 60 * 60;
    assert_eq!(sealer().open(&token(), at(901)), Ok(upload()));
    assert_eq!(sealer().open(&token(), at(last)), Ok(upload()));
    assert_eq!(
        sealer().open(&token(), at(last + 1)),
        Err(TokenError::Expired)
    );
}

#[test]
fn an_upload_in_parts_may_take_a_week() {
    let parts = Upload {
        travel: Travel::Multipart {
            upload_id: "id".to_owned(),
            part_bytes: 5,
        },
        ..upload()
    };
    let token = sealer().seal(&parts, [7; 24]);
    let week = 7 * 24 * 60 * 60;
    assert_eq!(sealer().open(&token, at(week)), Ok(parts));
    assert_eq!(
        sealer().open(&token, at(week + 1)),
        Err(TokenError::Expired)
    );
}

#[test]
fn other_text_is_refused() {
    for text in [
        "x",
        "x.y.z",
        "é",
        "====",
        "../../etc/passwd",
        "Ag",
        &format!("{}=", token()),
        &format!(" {}", token()),
    ] {
        check_refused(text, TokenError::Malformed);
    }
    check_refused(&"A".repeat(TOKEN_CHARS_MAX + 1), TokenError::Malformed);
    check_refused(&"A".repeat(TOKEN_CHARS_MAX), TokenError::Version);
}

#[test]
fn the_longest_fits() {
    let longest = Upload {
        preset: "p".repeat(64),
        bucket: BucketName::parse(&"b".repeat(63)).unwrap(),
        key: ObjectKey::parse(&"\"".repeat(1024)).unwrap(),
        content_type: "t".repeat(255),
        storage: "s".repeat(64),
        subject: Some("\"".repeat(200)),
        travel: Travel::Multipart {
            upload_id: "u".repeat(1024),
            part_bytes: u64::MAX,
        },
        checksum: Some(Sum {
            algorithm: Algorithm::Sha256,
            whole: Some(Hasher::new(Algorithm::Sha256).finish()),
        }),
        metadata: vec![("m".to_owned(), "\"".repeat(2047))],
        ..upload()
    };
    let token = sealer().seal(&longest, [7; 24]);
    assert!(token.len() <= TOKEN_CHARS_MAX, "{}", token.len());
    assert_eq!(sealer().open(&token, at(0)), Ok(longest));
}
