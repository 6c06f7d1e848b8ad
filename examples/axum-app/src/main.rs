//! Runs the application at http://localhost:3000, on the storage of `dropslip.toml`.

use dropslip_service::{Config, Given, State, router};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = Config::parse(include_str!("../dropslip.toml"))?;
    let state = State::new(config.check(Given::default())?)?;
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, axum_app::app(router(state))).await?;
    Ok(())
}
