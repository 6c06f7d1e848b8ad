//! The store as its clients see it, without a socket.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod access;
mod access_writes;
mod attacks;
mod attacks_by_time;
mod attacks_of_pages;
mod bucket_policies;
mod buckets;
mod chunks;
mod console;
mod copy;
mod cors;
mod events;
mod explain;
mod hostile;
mod lifecycle;
mod list;
mod multipart;
mod multipart_checksums;
mod multipart_copies;
mod multipart_lists;
mod multipart_wrong;
mod object_acls;
mod objects;
mod ownership;
mod people;
mod post;
mod promises;
mod reads;
mod signatures;
mod sigv2;
mod support;
mod versions;
