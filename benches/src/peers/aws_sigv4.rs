//! `aws-sigv4`, the signer beneath AWS's SDK, <https://docs.rs/aws-sigv4>.

use std::hint::black_box;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4::SigningParams;

use crate::contender::Contender;
use crate::input::{ACCESS_KEY, EXPIRES_S, HEADERS, HOST, KEY, REGION, SECRET_KEY};

pub fn presign() -> Contender {
    let identity = Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "bench").into();
    let once = move || {
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(Duration::from_secs(EXPIRES_S.into()));
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        let params = SigningParams::builder()
            .identity(&identity)
            .region(REGION)
            .name("s3")
            .time(SystemTime::now())
            .settings(settings)
            .build()
            .expect("all is set")
            .into();
        let key = dropslip_sigv4::encode_path(black_box(KEY).as_bytes());
        let mut request = http::Request::put(format!("https://{HOST}/{key}"));
        for (name, value) in HEADERS {
            request = request.header(name, value);
        }
        let mut request = request.body(()).expect("a request");
        let uri = request.uri().to_string();
        let signable = SignableRequest::new(
            "PUT",
            uri,
            HEADERS.into_iter(),
            SignableBody::UnsignedPayload,
        );
        let signed = sign(signable.expect("a request"), &params).expect("it signs");
        signed.into_parts().0.apply_to_request_http1x(&mut request);
        request.uri().to_string()
    };
    let again = once.clone();
    Contender::new("aws-sigv4 1", once).makes(again)
}
