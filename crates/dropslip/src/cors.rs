//! The CORS rule that uploads from pages need.

use dropslip_s3::cors::{CorsConfiguration, CorsError, CorsRule};

/// Lets the pages of these origins upload and read, and see the ETag, and where a form has put its file.
pub(crate) fn uploads_from(origins: &[impl AsRef<str>]) -> Result<CorsConfiguration, CorsError> {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    CorsConfiguration::new(vec![CorsRule {
        id: Some("uploads".to_owned()),
        allowed_origins: origins
            .iter()
            .map(|origin| origin.as_ref().to_owned())
            .collect(),
        allowed_methods: owned(&["GET", "HEAD", "PUT", "POST", "DELETE"]),
        allowed_headers: owned(&["*"]),
        expose_headers: owned(&["ETag", "Location", "x-amz-request-id"]),
        max_age_s: Some(600),
    }])
}
