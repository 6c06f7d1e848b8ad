//! `GET /v1/presets`: what a page needs to offer a choice and to refuse early. Buckets and keys are nobody's business.

use axum::extract::{Request, State as AxumState};
use axum::response::Response;
use serde::Serialize;

use crate::auth;
use crate::caller::{Action, Wished};
use crate::preset::Preset;
use crate::problem::Problem;
use crate::state::State;

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = PresetList)]
struct Answer<'a> {
    presets: Vec<Entry<'a>>,
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Preset)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    name: &'a str,
    accept: Vec<String>,
    max_size: u64,
    min_size: u64,
    public: bool,
}

#[utoipa::path(
    get,
    path = "/v1/presets",
    operation_id = "presets",
    tag = "uploads",
    summary = "Lists what the caller may upload",
    responses((status = 200, description = "The presets that the caller may use", body = Answer))
)]
pub(super) async fn presets(
    AxumState(state): AxumState<State>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, _) = request.into_parts();
    let caller = auth::authorize(&state, &parts, Action::Presets, &Wished::default()).await?;
    let presets = state.settings().presets().iter();
    let presets = presets.filter(|preset| caller.may_use(&preset.name));
    Ok(super::json(&Answer {
        presets: presets.map(entry).collect(),
    }))
}

fn entry(preset: &Preset) -> Entry<'_> {
    Entry {
        name: &preset.name,
        accept: preset.accept.iter().map(ToString::to_string).collect(),
        max_size: preset.size_bytes_max,
        min_size: preset.size_bytes_min,
        public: preset.is_public(),
    }
}
