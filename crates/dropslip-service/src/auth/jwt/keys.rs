//! The keys that tokens are checked with, each for one algorithm and no other.
//!
//! A key is bound to its algorithm when it is read, so no token can choose another way to use it: a public RSA key is
//! never a secret for HS256, and a key of the wrong curve or size is found when the configuration is read.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk as PublicJwk};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

use crate::limits::{JWKS_KEYS_MAX, JWT_RSA_BITS_MAX, JWT_RSA_BITS_MIN, JWT_SECRET_BYTES_MIN};
use crate::secret::Secret;

/// The algorithms that are spoken, by the names of RFC 7518 and RFC 8037.
pub(super) const ALGORITHMS: [(&str, Algorithm); 4] = [
    ("HS256", Algorithm::HS256),
    ("RS256", Algorithm::RS256),
    ("ES256", Algorithm::ES256),
    ("EdDSA", Algorithm::EdDSA),
];

/// The name of an algorithm of ours.
pub(super) fn name_of(algorithm: Algorithm) -> &'static str {
    ALGORITHMS
        .iter()
        .find(|(_, known)| *known == algorithm)
        .map_or("another", |(name, _)| name)
}

/// One key.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) id: Option<String>,
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

/// Keys, by their ids.
#[derive(Clone)]
pub(crate) struct KeySet(Vec<Key>);

impl std::fmt::Debug for KeySet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeySet({})", self.0.len())
    }
}

impl KeySet {
    /// The one secret that both sides have.
    pub(super) fn secret(secret: &Secret) -> Result<Self, String> {
        let text = secret.reveal();
        if text.contains("-----BEGIN ") {
            return Err("is a key in PEM; write a public key as `publicKey`".to_owned());
        }
        if text.len() < JWT_SECRET_BYTES_MIN {
            return Err(format!(
                "is shorter than {JWT_SECRET_BYTES_MIN} characters, which RFC 7518 asks for; `openssl rand -hex 32` makes one"
            ));
        }
        let key = DecodingKey::from_secret(text.as_bytes());
        Ok(Self::of_one(Algorithm::HS256, key))
    }

    /// One public key in PEM: RSA, or EC on P-256, or Ed25519.
    pub(super) fn pem(text: &str) -> Result<Self, String> {
        if text.contains("PRIVATE KEY-----") {
            return Err("is a private key; the service needs the public one alone".to_owned());
        }
        let bytes = text.as_bytes();
        let read = [
            (Algorithm::RS256, DecodingKey::from_rsa_pem(bytes)),
            (Algorithm::ES256, DecodingKey::from_ec_pem(bytes)),
            (Algorithm::EdDSA, DecodingKey::from_ed_pem(bytes)),
        ];
        let found = read
            .into_iter()
            .find_map(|(algorithm, key)| Some((algorithm, key.ok()?)));
        let (algorithm, key) = found.ok_or(
            "is no public key in PEM (`-----BEGIN PUBLIC KEY-----`), of RSA, P-256 or Ed25519",
        )?;
        check(algorithm, &key).map_err(|why| format!("cannot be used: {why}"))?;
        Ok(Self::of_one(algorithm, key))
    }

    /// A JSON Web Key Set (RFC 7517). Keys for other purposes and algorithms are passed over.
    pub(super) fn jwks(bytes: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Value>,
        }
        let set: Set = serde_json::from_slice(bytes)
            .map_err(|_| "is no JSON Web Key Set, an object with a list `keys`".to_owned())?;
        if set.keys.len() > JWKS_KEYS_MAX {
            return Err(format!("has more than {JWKS_KEYS_MAX} keys"));
        }
        let keys: Vec<Key> = set.keys.into_iter().filter_map(read).collect();
        if keys.is_empty() {
            return Err("has no key for RS256, ES256 or EdDSA that can be used".to_owned());
        }
        Ok(Self(keys))
    }

    fn of_one(algorithm: Algorithm, key: DecodingKey) -> Self {
        Self(vec![Key {
            id: None,
            algorithm,
            key,
        }])
    }

    /// The algorithms of its keys.
    pub(super) fn algorithms(&self) -> Vec<Algorithm> {
        self.0.iter().map(|key| key.algorithm).collect()
    }

    /// Whether a key has this id, or none has any.
    pub(super) fn knows(&self, id: Option<&str>) -> bool {
        id.is_none_or(|id| {
            self.0
                .iter()
                .any(|key| key.id.as_deref().is_none_or(|known| known == id))
        })
    }

    /// The keys that a token may have been signed with, by what it says itself.
    pub(super) fn fitting(&self, id: Option<&str>) -> impl Iterator<Item = &Key> {
        let fits = move |key: &&Key| match (&key.id, id) {
            (Some(known), Some(id)) => known == id,
            _ => true,
        };
        self.0.iter().filter(fits)
    }
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    r#use: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// One key of a set, if it is one for us. Secrets (`oct`) have no place in a set that is fetched.
fn read(value: Value) -> Option<Key> {
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    let is_for_signatures = jwk.r#use.as_deref().is_none_or(|usage| usage == "sig")
        && jwk
            .key_ops
            .as_ref()
            .is_none_or(|ops| ops.iter().any(|op| op == "verify"));
    let algorithm = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("RSA", _) => Algorithm::RS256,
        ("EC", Some("P-256")) => Algorithm::ES256,
        ("OKP", Some("Ed25519")) => Algorithm::EdDSA,
        _ => return None,
    };
    let fits = jwk.alg.as_deref().is_none_or(|alg| {
        alg == name_of(algorithm) || (alg == "Ed25519" && algorithm == Algorithm::EdDSA)
    });
    if !is_for_signatures || !fits {
        return None;
    }
    let has_bytes = |text: &str, bytes: usize| {
        URL_SAFE_NO_PAD
            .decode(text)
            .is_ok_and(|decoded| decoded.len() == bytes)
    };
    let key = match algorithm {
        Algorithm::RS256 => DecodingKey::from_rsa_components(&jwk.n?, &jwk.e?).ok()?,
        Algorithm::ES256 => {
            let (x, y) = (jwk.x?, jwk.y?);
            (has_bytes(&x, 32) && has_bytes(&y, 32)).then_some(())?;
            DecodingKey::from_ec_components(&x, &y).ok()?
        }
        _ => {
            let x = jwk.x?;
            has_bytes(&x, 32).then_some(())?;
            DecodingKey::from_ed_components(&x).ok()?
        }
    };
    check(algorithm, &key).ok()?;
    Some(Key {
        id: jwk.kid,
        algorithm,
        key,
    })
}

/// Whether a key can be used at all: the library reads it only when it is used, and takes its length on trust.
fn check(algorithm: Algorithm, key: &DecodingKey) -> Result<(), String> {
    let bytes = key.try_get_as_bytes().map_or(0, <[u8]>::len);
    match key.family() {
        AlgorithmFamily::Ec if bytes != 65 => {
            return Err("it is not on the curve P-256, which ES256 takes".to_owned());
        }
        AlgorithmFamily::Ed if bytes != 32 => {
            return Err("it is not on the curve Ed25519".to_owned());
        }
        AlgorithmFamily::Rsa => return check_rsa(key),
        _ => {}
    }
    let usable = jsonwebtoken::crypto::verify("", b"", key, algorithm);
    usable
        .map(drop)
        .map_err(|_| "it is no point of its curve".to_owned())
}

fn check_rsa(key: &DecodingKey) -> Result<(), String> {
    let unusable = || "it is no RSA key".to_owned();
    let jwk = PublicJwk::from_decoding_key(key, None).map_err(|_| unusable())?;
    let AlgorithmParameters::RSA(rsa) = jwk.algorithm else {
        return Err(unusable());
    };
    let modulus = URL_SAFE_NO_PAD.decode(&rsa.n).map_err(|_| unusable())?;
    let zeros: usize = modulus.iter().take_while(|byte| **byte == 0).count();
    let bits = match modulus.get(zeros) {
        None => 0,
        Some(first) => {
            (modulus.len() - zeros) * 8 - usize::try_from(first.leading_zeros()).unwrap_or(0)
        }
    };
    if (JWT_RSA_BITS_MIN..=JWT_RSA_BITS_MAX).contains(&bits) {
        Ok(())
    } else {
        Err(format!(
            "it has {bits} bits; RS256 takes {JWT_RSA_BITS_MIN} to {JWT_RSA_BITS_MAX}"
        ))
    }
}
