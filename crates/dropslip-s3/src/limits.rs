//! Every limit of the shared S3 vocabulary, with its reason.

/// Shortest bucket name, in bytes
/// ([Bucket naming rules](https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html)).
pub const BUCKET_NAME_LEN_MIN: usize = 3;
/// Longest bucket name, in bytes (same page): a name is one DNS label or several.
pub const BUCKET_NAME_LEN_MAX: usize = 63;
/// Longest object key, in bytes of UTF-8
/// ([Object key naming](https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html)).
pub const KEY_LEN_MAX: usize = 1024;
/// Most rules in one CORS configuration
/// ([PutBucketCors](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html)).
pub const CORS_RULES_MAX: usize = 100;
/// Longest CORS rule id, in characters (same page).
pub const CORS_RULE_ID_LEN_MAX: usize = 255;
/// How much of a text from a storage is repeated in a sentence, in characters.
pub const ECHO_CHARS_MAX: usize = 120;
/// Most grants of one ACL
/// ([Access control list overview](https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html)).
pub const ACL_GRANTS_MAX: usize = 100;
/// Longest bucket policy, in bytes
/// ([PutBucketPolicy](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html)).
pub const BUCKET_POLICY_BYTES_MAX: usize = 20 * 1024;
/// Largest XML document that is read, in bytes. S3 takes 64 KiB for a CORS
/// configuration, the largest of the documents spoken here.
pub const XML_BYTES_MAX: usize = 64 * 1024;
/// Most events of an XML document that are kept while a list is read, in number: elements that
/// are no entry of it may stand between its entries. No document spoken here has a dozen.
pub const XML_EVENTS_KEPT_MAX: usize = 1000;
/// Most parts of a multipart upload, and the highest number of one
/// ([Multipart upload limits](https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html)).
pub const PARTS_MAX: usize = 10_000;
/// Largest `CompleteMultipartUpload` document, in bytes: a part takes 230 with the longest
/// checksum and escaped quotes, and some clients write each element on a line of its own.
pub const COMPLETE_XML_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Deepest XML document, in elements: S3's own are at most six deep.
pub const XML_DEPTH_MAX: usize = 32;
/// Most elements of an XML document that is read as a tree: a deletion of 1,000 objects
/// has at most 6,002, and 1,000 lifecycle rules with three tags each some 22,000.
pub const XML_ELEMENTS_MAX: usize = 25_000;
/// Most objects of one `DeleteObjects`
/// ([DeleteObjects](https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html)).
pub const DELETE_KEYS_MAX: usize = 1000;
/// Largest body of `DeleteObjects`, in bytes: 1,000 keys of 1,024 bytes with their
/// versions, and room for characters that are written as references.
pub const DELETE_XML_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most tags of an object
/// ([Object tagging](https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html)).
pub const OBJECT_TAGS_MAX: usize = 10;
/// Most tags of a bucket
/// ([PutBucketTagging](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html)).
pub const BUCKET_TAGS_MAX: usize = 50;
/// Longest name of a tag, in characters of UTF-16 (page of object tagging).
pub const TAG_KEY_CHARACTERS_MAX: usize = 128;
/// Longest value of a tag, in characters of UTF-16 (same page).
pub const TAG_VALUE_CHARACTERS_MAX: usize = 256;
/// Most bytes of a form's fields before the file, names and values
/// ([HTML forms](https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html)).
pub const POST_FORM_BYTES_MAX: usize = dropslip_sigv4::limits::POST_FIELD_BYTES_MAX;
/// Most fields of a form before the file. Each is compared with each condition.
pub const POST_FORM_FIELDS_MAX: usize = dropslip_sigv4::limits::POST_FIELDS_MAX;
/// Most bytes of a form before its file, with the lines around its fields: those fields, and
/// for each a boundary of 70 characters and the head of a part that names itself and a file.
pub const POST_FORM_RAW_BYTES_MAX: usize = POST_FORM_BYTES_MAX + POST_FORM_FIELDS_MAX * 256;
/// Longest boundary of a form, in characters
/// ([RFC 2046 section 5.1.1](https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1)).
pub const FORM_BOUNDARY_BYTES_MAX: usize = 70;
/// Most bytes behind the boundary that ends a form's file, in its line: white space that
/// nobody writes and RFC 2046 allows.
pub const FORM_DELIMITER_PADDING_BYTES_MAX: usize = 64;
/// Longest policy, in bytes of its base64 text or its JSON: it is one field of such a form.
pub const POLICY_BYTES_MAX: usize = POST_FORM_BYTES_MAX;
/// Most conditions of a policy. A form has some dozen fields, and each field is
/// compared with each condition.
pub const POLICY_CONDITIONS_MAX: usize = 256;
/// How much of a condition that cannot be read, or of a value that does not fit, an error
/// shows, in characters: enough to find it, while numbers such as `1e300` are longer in print than they were.
pub const CONDITION_SHOWN_MAX: usize = 500;
/// Longest answer of a storage that the client reads where none is longer, in bytes: error
/// documents are a few KiB, and a hostile endpoint must not fill the memory.
pub const CLIENT_ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Longest list that the client reads, in bytes: a page has 1,000 entries, each with a key of
/// up to 1,024 bytes that takes three times as much when it is percent-encoded.
pub const CLIENT_LIST_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Longest CORS configuration of a storage that the client reads, in bytes. S3 has none above 64 KiB; the name
/// space and white space between elements come on top.
pub const CLIENT_CORS_BYTES_MAX: usize = 256 * 1024;
/// Most bytes of an object that the client keeps in memory: the first few KiB tell a file's type.
pub const CLIENT_RANGE_BYTES_MAX: u64 = 1024 * 1024;
/// How long the client waits for an answer without a body, in seconds.
pub const CLIENT_TIMEOUT_S: u64 = 30;
/// How long the client waits for a connection, in seconds.
pub const CLIENT_CONNECT_TIMEOUT_S: u64 = 10;
/// How long a body that is being sent, or the answer behind it, may stand still, in seconds. How
/// long it takes as a whole is a matter of its size.
pub const CLIENT_IDLE_TIMEOUT_S: u64 = 60;
/// How long the client waits for a multipart upload to be put together, in seconds: S3 may
/// take several minutes
/// ([CompleteMultipartUpload](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html)).
pub const CLIENT_COMPLETE_TIMEOUT_S: u64 = 600;
/// How often the client tries again what a busy storage refused, or what was lost on the way:
/// twice is over within a second, and whoever waits may ask again.
pub const CLIENT_RETRIES_MAX: u32 = 2;
/// How long the client waits before it tries again, in milliseconds, the first time; twice as
/// long the second time, each by a random part shorter or longer.
pub const CLIENT_RETRY_PAUSE_MS: u64 = 150;
/// Longest URL that is taken apart for an explanation, in bytes: twice what a signed
/// request may have, so that one which is too long is told so by the explanation.
pub const CAPTURED_URL_BYTES_MAX: usize = 64 * 1024;
/// Longest pasted command, in bytes: browsers put the body into it.
pub const COMMAND_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Most words of a pasted command: a browser writes about 60.
pub const COMMAND_WORDS_MAX: usize = 4096;
/// Largest HAR file, in bytes: it holds all answers of a page, media too.
pub const HAR_BYTES_MAX: usize = 128 * 1024 * 1024;
/// Most requests in a HAR file.
pub const HAR_ENTRIES_MAX: usize = 50_000;
/// Most rules in one lifecycle configuration
/// ([PutBucketLifecycleConfiguration](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html)).
pub const LIFECYCLE_RULES_MAX: usize = 1000;
/// Longest ID of a lifecycle rule, in characters (same page).
pub const LIFECYCLE_ID_LEN_MAX: usize = 255;
/// Most noncurrent versions that a lifecycle rule keeps
/// ([NoncurrentVersionExpiration](https://docs.aws.amazon.com/AmazonS3/latest/API/API_NoncurrentVersionExpiration.html)).
pub const LIFECYCLE_NEWER_KEPT_MAX: u32 = 100;
/// Largest size that a lifecycle filter may name, in bytes: 50 TB, as S3 says
/// ([Filters](https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-filters.html)).
pub const LIFECYCLE_SIZE_BYTES_MAX: u64 = 50 * 1024 * 1024 * 1024 * 1024;
/// Largest lifecycle configuration that is read, in bytes: 1,000 rules, each with a
/// prefix or tags of some hundred bytes.
pub const LIFECYCLE_BYTES_MAX: usize = 1024 * 1024;
/// Longest name of a tag, in characters
/// ([Object tagging](https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html)).
pub const TAG_NAME_LEN_MAX: usize = 128;
/// Longest value of a tag, in characters (same page).
pub const TAG_VALUE_LEN_MAX: usize = 256;
/// Most destinations in one notification configuration
/// ([Considerations](https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html)).
pub const NOTIFICATIONS_MAX: usize = 100;
/// Longest Id of a destination, in characters, as that of other rules of a bucket.
pub const NOTIFICATION_ID_LEN_MAX: usize = 255;
/// Longest ARN, in bytes: AWS's own bound for most of its services.
pub const ARN_LEN_MAX: usize = 2048;
/// Largest message about stored objects that is read, in bytes: SNS and SQS carry 256 KiB, and an
/// envelope that quotes it within a text doubles what it escapes.
pub const TOLD_BYTES_MAX: usize = 1024 * 1024;
/// Most objects that one message tells of: AWS sends one, others some dozen at once.
pub const TOLD_RECORDS_MAX: usize = 1000;
