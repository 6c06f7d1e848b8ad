//! What answers on a socket, replaced while it is served.
//!
//! Each request is given to the newest app. One that is under way ends on the app that it began
//! with, which lives as long; the connection stays open across the change.

use std::net::SocketAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;

/// An app; clones share it, and are replaced together.
#[derive(Clone, Debug)]
pub(crate) struct App(Arc<ArcSwap<Inner>>);

type Inner = TowerToHyperService<Router>;
type Arriving = hyper::Request<Incoming>;

impl From<Router> for App {
    fn from(router: Router) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(TowerToHyperService::new(
            router,
        ))))
    }
}

impl App {
    /// Answers from now on with another one.
    pub(crate) fn replace(&self, router: Router) {
        self.0.store(Arc::new(TowerToHyperService::new(router)));
    }

    /// The app as one client sees it: each request is told where it comes from.
    pub(super) fn for_peer(&self, peer: SocketAddr) -> ForPeer {
        ForPeer {
            app: self.clone(),
            peer,
        }
    }
}

/// See [`App::for_peer`].
#[derive(Clone, Debug)]
pub(super) struct ForPeer {
    app: App,
    peer: SocketAddr,
}

impl Service<Arriving> for ForPeer {
    type Response = <Inner as Service<Arriving>>::Response;
    type Error = <Inner as Service<Arriving>>::Error;
    type Future = <Inner as Service<Arriving>>::Future;

    fn call(&self, mut request: Arriving) -> Self::Future {
        request.extensions_mut().insert(ConnectInfo(self.peer));
        self.app.0.load().call(request)
    }
}
