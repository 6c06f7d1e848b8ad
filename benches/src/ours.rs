//! This project's signer and verifier.

use std::hint::black_box;

use dropslip_sigv4::{Expected, Request, verify as verify_request};

use crate::contender::Contender;
use crate::input::{ARRIVED, HOST, REGION, SLIP, UPLOAD_ID, credentials, now, signer};

/// One presigned URL.
pub fn presign() -> Contender {
    let (signer, again, now) = (signer(), signer(), now());
    let slip = SLIP;
    let once = move || signer.presign_url(black_box(&slip), black_box(now));
    Contender::new("dropslip", once).makes(move || again.presign_url(&slip, now).expect("it signs"))
}

/// The URL of a part, of many.
pub fn part() -> Contender {
    let now = now();
    let mut parts = signer()
        .presign_parts(&SLIP, UPLOAD_ID, now)
        .expect("it signs");
    let mut number = 1000;
    Contender::new("dropslip, parts of one upload", move || {
        number = if number == 9999 { 1000 } else { number + 1 };
        parts.url(black_box(number))
    })
}

/// The URL of a part, each for itself.
pub fn part_alone() -> Contender {
    let (signer, now) = (signer(), now());
    let query = format!("partNumber=1234&uploadId={UPLOAD_ID}");
    Contender::new("dropslip, each part for itself", move || {
        let mut slip = SLIP;
        slip.query = black_box(&query);
        signer.presign_url(&slip, black_box(now))
    })
}

/// The check of one presigned URL.
pub fn verify() -> Contender {
    let (keys, now) = (credentials(), now());
    let url = signer().presign_url(&SLIP, now).expect("it signs");
    let rest = url.split_once(HOST).expect("it has the host").1;
    let (path, query) = rest.split_once('?').expect("it has a query");
    let (path, query) = (path.to_owned(), query.to_owned());
    Contender::new("dropslip, verify", move || {
        let request = Request {
            method: "PUT",
            path: &path,
            query: &query,
            headers: &ARRIVED,
        };
        let expected = Expected {
            region: REGION,
            service: "s3",
            now,
        };
        let lookup = |access_key: &str| (access_key == keys.access_key()).then_some(&keys);
        verify_request(black_box(&request), black_box(&expected), lookup).expect("it holds")
    })
}
