//! A store, and a service in front of it, as two processes.

use serde_json::Value;
use tempfile::TempDir;

use crate::http::{Answer, send};
use crate::process::{Server, dropslip};

pub(crate) const JSON: (&str, &str) = ("content-type", "application/json");

pub(crate) struct System {
    _folder: TempDir,
    pub(crate) store: Server,
    pub(crate) service: Server,
}

impl System {
    /// With one preset, `it`, of which these lines are a part.
    pub(crate) fn new(preset: &str) -> Self {
        Self::with_presets(&format!(
            "[presets.it]\nbucket = \"uploads\"\nkey = \"it/{{uuid}}.{{ext}}\"\naccept = [\"*/*\"]\n{preset}\n"
        ))
    }

    /// With these presets, in TOML.
    pub(crate) fn with_presets(presets: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Server::store(folder.path());
        let config = format!(
            "[storage]\nendpoint = \"http://{}\"\nregion = \"us-east-1\"\nprofile = \"dropslip\"\n\
             accessKey = \"dropslip\"\nsecretKey = \"dropslip-dev-secret\"\n{presets}\n",
            store.s3()
        );
        std::fs::write(folder.path().join("dropslip.toml"), config).unwrap();
        let args = [
            "serve",
            "--config",
            "dropslip.toml",
            "--listen",
            "127.0.0.1:0",
        ];
        let service = Server::start(&mut dropslip(folder.path(), &args), "Uploads at");
        Self {
            _folder: folder,
            store,
            service,
        }
    }

    /// A call to the service, with a body unless it is null.
    pub(crate) fn call(&self, request: &str, body: &Value) -> Answer {
        let address = self.service.address("Uploads at http://");
        match body {
            Value::Null => send(address, request, &[], b""),
            body => send(address, request, &[JSON], body.to_string().as_bytes()),
        }
    }
}
