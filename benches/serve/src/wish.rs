//! The one upload that every server is asked for, and the storage that it is for.

use dropslip_bench_load::load::Requests;
use dropslip_bench_load::process::HOST;

pub const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";
pub const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
pub const REGION: &str = "nl-ams";
pub const ENDPOINT: &str = "https://s3.nl-ams.scw.cloud";
pub const BUCKET: &str = "my-bucket";
pub const BUCKET_HOST: &str = "my-bucket.s3.nl-ams.scw.cloud";
pub const ACL: &str = "public-read";
pub const EXPIRES_S: u32 = 300;
pub const CONTENT_TYPE: &str = "image/jpeg";
pub const SIZE_BYTES: u64 = 2_345_678;

/// What a back end calls our service with.
pub const API_KEY: &str = "a-key-of-the-benchmark-0123456789";

const BODY: &str =
    r#"{"preset":"photo","fileName":"IMG 2041.jpeg","contentType":"image/jpeg","size":2345678}"#;

/// How a server is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// `POST /v1/uploads` with JSON, by a holder of the API key.
    WithKey,
    /// The same without a key.
    Open,
    /// `GET /s3/params`, as Uppy does.
    Companion,
}

impl Ask {
    /// The status of a good answer.
    pub fn status(self) -> u16 {
        match self {
            Self::WithKey | Self::Open => 201,
            Self::Companion => 200,
        }
    }

    /// The request as on the wire.
    pub fn request(self) -> Vec<u8> {
        let length = BODY.len();
        let head = "POST /v1/uploads HTTP/1.1\r\nhost: ".to_owned() + HOST;
        let json =
            format!("content-type: application/json\r\ncontent-length: {length}\r\n\r\n{BODY}");
        match self {
            Self::WithKey => format!("{head}\r\nauthorization: Bearer {API_KEY}\r\n{json}"),
            Self::Open => format!("{head}\r\n{json}"),
            Self::Companion => format!(
                "GET /s3/params?filename=IMG%202041.jpeg&type=image%2Fjpeg HTTP/1.1\r\nhost: {HOST}\r\n\r\n"
            ),
        }
        .into_bytes()
    }
}

/// The same request again and again.
#[derive(Debug)]
pub struct Same(pub Vec<u8>);

impl Requests for Same {
    fn write(&self, _: u32, out: &mut Vec<u8>) {
        if out.is_empty() {
            out.extend_from_slice(&self.0);
        }
    }
}
