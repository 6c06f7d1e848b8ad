//! Calls with a JSON Web Token (RFC 7519): the application's own, or its identity provider's.
//!
//! The library holds signatures against keys; everything else is decided here, with the service's clock: which
//! algorithm fits which key, which claims must be there, and what they say.

mod claims;
mod fetch;
mod keys;
mod policy;
mod token;

pub(crate) use fetch::Jwks;
pub(crate) use policy::{Keys, Policy};
use token::Token;
pub(crate) use token::is_token;

use super::caller::Caller;
use crate::problem::Problem;
use crate::state::State;

/// Whose token it is.
///
/// # Errors
/// `invalid_token`, `token_expired`, and `authorization_unavailable` while the keys cannot be fetched.
pub(super) async fn check(
    state: &State,
    policy: &Policy,
    credentials: &[u8],
) -> Result<Caller, Problem> {
    let token = Token::read(credentials, &policy.algorithms)?;
    let now = state.now();
    let claims = match (&policy.keys, state.auth().jwks()) {
        (Keys::Fixed(keys), _) => token.verify(keys)?,
        (Keys::Url(_), Some(jwks)) => {
            let keys = jwks.keys(token.key_id.as_deref(), now).await?;
            token.verify(&keys)?
        }
        (Keys::Url(_), None) => return Err(Problem::internal(&"the keys' URL has no client")),
    };
    policy.caller(&claims, now)
}
