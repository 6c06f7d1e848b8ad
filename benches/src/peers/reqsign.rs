//! `reqsign-aws-v4`, the signer of OpenDAL, <https://docs.rs/reqsign-aws-v4>.

use std::hint::black_box;
use std::time::Duration;

use reqsign_aws_v4::{Credential, RequestSigner};
use reqsign_core::{Context, SignRequest};

use super::object_store::at_once;
use crate::contender::Contender;
use crate::input::{ACCESS_KEY, EXPIRES_S, HEADERS, HOST, KEY, REGION, SECRET_KEY};

pub fn presign() -> Contender {
    let credential = Credential {
        access_key_id: ACCESS_KEY.to_owned(),
        secret_access_key: SECRET_KEY.to_owned(),
        ..Credential::default()
    };
    let signer = std::rc::Rc::new(RequestSigner::new("s3", REGION));
    let context = Context::new();
    let once = move || {
        let key = dropslip_sigv4::encode_path(black_box(KEY).as_bytes());
        let mut request = http::Request::put(format!("https://{HOST}/{key}"));
        for (name, value) in HEADERS {
            request = request.header(name, value);
        }
        let (mut parts, ()) = request.body(()).expect("a request").into_parts();
        let expires = Some(Duration::from_secs(EXPIRES_S.into()));
        at_once(signer.sign_request(&context, &mut parts, Some(&credential), expires))
            .expect("it signs");
        parts.uri.to_string()
    };
    let again = once.clone();
    Contender::new("reqsign-aws-v4 3", once).makes(again)
}
