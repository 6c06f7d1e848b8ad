//! The kinds of storage that have a name, and what each takes.

use dropslip_s3::checksum::Algorithm;

use super::CHECKSUMS;

/// A row of the table: the fields of [`super::Profile`].
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) post: bool,
    pub(super) acl: bool,
    pub(super) single_use_put: bool,
    pub(super) single_use_complete: bool,
    pub(super) signed_length: bool,
    pub(super) checksums: &'static [Algorithm],
    pub(super) part_checksums: bool,
    pub(super) equal_parts: bool,
}

/// All that AWS takes. The rows say what is different.
const GENERIC: Row = Row {
    name: "generic",
    post: true,
    acl: true,
    single_use_put: true,
    single_use_complete: true,
    signed_length: true,
    checksums: CHECKSUMS,
    part_checksums: true,
    equal_parts: false,
};

pub(super) const ROWS: &[Row] = &[
    GENERIC,
    Row {
        name: "aws",
        ..GENERIC
    },
    Row {
        name: "dropslip",
        ..GENERIC
    },
    Row {
        name: "minio",
        acl: false,
        ..GENERIC
    },
    // 16.2; it takes checksums and compares none.
    Row {
        name: "ceph",
        single_use_complete: false,
        checksums: &[],
        ..GENERIC
    },
    // Its list of parts tells no checksums, and its completion wants them.
    Row {
        name: "seaweedfs",
        acl: false,
        part_checksums: false,
        ..GENERIC
    },
    Row {
        name: "garage",
        acl: false,
        single_use_put: false,
        single_use_complete: false,
        ..GENERIC
    },
    // It refuses wrong checksums, and keeps what it refused.
    Row {
        name: "s3s-fs",
        acl: false,
        single_use_complete: false,
        checksums: &[],
        part_checksums: false,
        ..GENERIC
    },
    Row {
        name: "scaleway",
        ..GENERIC
    },
    // No POST object (501), no ACLs, and parts of one size.
    Row {
        name: "r2",
        post: false,
        acl: false,
        equal_parts: true,
        ..GENERIC
    },
    Row {
        name: "backblaze",
        post: false,
        acl: false,
        single_use_put: false,
        single_use_complete: false,
        checksums: &[],
        ..GENERIC
    },
    // From here on servers for tests. This one lets anybody do anything, by forms too.
    Row {
        name: "localstack",
        acl: false,
        ..GENERIC
    },
    // These two look at no signature, so nothing that is signed holds. Forms are taken, which is enough for a test.
    Row {
        name: "moto",
        signed_length: false,
        checksums: &[],
        ..GENERIC
    },
    Row {
        name: "s3rver",
        acl: false,
        single_use_put: false,
        single_use_complete: false,
        signed_length: false,
        checksums: &[],
        part_checksums: false,
        ..GENERIC
    },
];

/// Ends of host names, and the kind of storage that answers there.
pub(super) const HOSTS: &[(&str, &str)] = &[
    (".amazonaws.com", "aws"),
    (".amazonaws.com.cn", "aws"),
    (".scw.cloud", "scaleway"),
    (".r2.cloudflarestorage.com", "r2"),
    (".backblazeb2.com", "backblaze"),
];
