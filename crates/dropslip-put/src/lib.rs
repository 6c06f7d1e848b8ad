//! Carries files and folders into S3-compatible storage or to an upload service: parallel, in parts, resumable.
