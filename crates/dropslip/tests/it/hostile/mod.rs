//! What strangers may send to the store's socket: refused, logged, within bounds, and nothing is
//! written; the next request is answered as ever.

mod bodies;
mod framing;
mod heads;
mod store;
