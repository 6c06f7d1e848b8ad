//! Walks a browser's way to an S3-compatible storage and says what is wrong with it.
