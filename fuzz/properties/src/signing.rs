//! Signing: what is signed verifies, in the header, in the query, and as a whole URL.

use dropslip_sigv4::{
    ErrorKind, Expected, Path, Payload, Refusal, Request, Signer, Slip, Timestamp, verify,
};

use crate::keys::{self, ACCESS_KEY, SECRET, hides};
use crate::sent::Sent;
use crate::signed::Place;

/// Signs the input's request in each way.
pub(crate) fn sign(input: &[u8]) {
    let sent = Sent::parse(input);
    let place = Place::of(&sent);
    let keys = keys::credentials(ACCESS_KEY, SECRET, sent.note("token"));
    let expected = place.expected();
    let signer = Signer::new(keys.clone(), expected.region, expected.service);
    let expires_s = sent.note("expires").and_then(|text| text.parse().ok());
    let expires_s = expires_s.unwrap_or(300);
    // Seconds before the place looks, so that leap days and ends of years are met as well.
    let at = Timestamp::from_unix_s(expected.now.unix_s() - 1);

    // Services other than S3 are not told of the body: both sides know it, here that there is none.
    let payload = match expected.service {
        "s3" => Payload::of(input),
        _ => Payload::empty(),
    };
    sent.with(|request| {
        match signer.sign(request, &payload, at) {
            Ok(signed) => {
                let added = signed.headers.iter();
                let added = added.map(|(name, value)| (*name, value.as_bytes()));
                let headers: Vec<(&str, &[u8])> =
                    request.headers.iter().copied().chain(added).collect();
                let whole = Request {
                    headers: &headers,
                    ..*request
                };
                let verified = verify(&whole, &expected, |_: &str| Some(&keys));
                let verified = verified.unwrap_or_else(|refusal| panic!("{refusal}: {sent:?}"));
                assert_eq!(verified.signed_at(), at);
                assert!(!verified.presigned());
            }
            Err(error) => hides(&format!("{error} {error:?}"), SECRET, input),
        }
        let presigned = match signer.presign(request, expires_s, at) {
            Ok(presigned) => presigned,
            Err(error) => return hides(&format!("{error} {error:?}"), SECRET, input),
        };
        let whole = Request {
            query: &presigned.query,
            ..*request
        };
        // The signed query is longer than the one given.
        if presigned.query.len() <= dropslip_sigv4::limits::QUERY_BYTES_MAX {
            let verified = verify(&whole, &expected, |_: &str| Some(&keys));
            let verified = verified.unwrap_or_else(|refusal| panic!("{refusal}: {sent:?}"));
            assert!(verified.presigned());
        }
        whole_url(&signer, &sent, (request, &presigned.query), expires_s, at);
    });
}

/// A URL is the same signature, and its path means the same.
fn whole_url(
    signer: &Signer,
    sent: &Sent,
    (request, query): (&Request<'_>, &str),
    expires_s: u32,
    at: Timestamp,
) {
    let mut headers = Vec::new();
    let mut host = None;
    for (name, value) in request.headers {
        let Ok(value) = str::from_utf8(value) else {
            return;
        };
        if name.eq_ignore_ascii_case("host") {
            host = Some(value);
        } else {
            headers.push((*name, value));
        }
    }
    let slip = Slip {
        method: request.method,
        scheme: "https",
        host: host.expect("presigning wants a host"),
        path: Path::Wire(request.path),
        query: request.query,
        headers: &headers,
        expires_s,
    };
    let url = match signer.presign_url(&slip, at) {
        Ok(url) => url,
        Err(error) => {
            let is_url = matches!(
                error.kind(),
                ErrorKind::Url { .. } | ErrorKind::HostMissing | ErrorKind::Exceeded(_)
            );
            assert!(is_url, "{error} where `presign` had none: {sent:?}");
            return;
        }
    };
    let (start, end) = url.split_once('?').expect("a presigned URL has a query");
    let path = start
        .strip_prefix("https://")
        .and_then(|rest| rest.strip_prefix(slip.host));
    let path = path.expect("the URL begins with scheme and host");
    // Other services sign the path of the wire, and the URL spells it in its own way.
    if signer.service() == "s3" || path == request.path {
        assert_eq!(end, query, "{sent:?}");
    }
    let respelt = Sent {
        path: path.to_owned(),
        query: end.to_owned(),
        ..sent.clone()
    };
    assert_eq!(respelt.decoded_path(), sent.decoded_path());
    let expected = Expected {
        region: signer.region(),
        service: signer.service(),
        now: at,
    };
    let keys = signer.credentials();
    let verified = respelt.with(|request| verify(request, &expected, |_: &str| Some(keys)));
    if let Err(refusal) = verified {
        let is_size = matches!(refusal, Refusal::Exceeded(_));
        assert!(is_size, "{refusal}: {url} for {sent:?}");
    }
}
