// What the signers and clients are called, and short ways to write expectations.

export const BOTO3 = 'boto3 1.44.5 generate_presigned_url'
export const BOTO3_SENDS = 'boto3 1.44.5 client, Authorization header'
export const BOTOCORE = 'botocore 1.44.5 SigV4QueryAuth (not S3SigV4QueryAuth)'
export const V2 = 'aws-sdk 2.1693.0 getSignedUrl'
export const V2_SENDS = 'aws-sdk 2.1693.0 client, Authorization header'
export const V3 = '@aws-sdk/s3-request-presigner 3.1162.0 getSignedUrl'
export const V3_SENDS = '@aws-sdk/client-s3 3.1169.0, Authorization header'
export const SMITHY = '@smithy/signature-v4 5.7.5 presign'
export const AWS4 = 'aws4 1.13.2 signQuery'
export const AWS4_SENDS = 'aws4 1.13.2 Authorization header'
export const AWS4FETCH = 'aws4fetch 1.0.20 signQuery'
export const AWS4FETCH_SENDS = 'aws4fetch 1.0.20 Authorization header'
export const MINIO_JS = 'minio-js 8.0.7 presignedUrl'
export const MINIO_JS_SENDS = 'minio-js 8.0.7 putObject, Authorization header'
export const MINIO_PY = 'minio-py 7.2.20 get_presigned_url'
export const MINIO_PY_SENDS = 'minio-py 7.2.20 put_object, Authorization header'
export const RUSTY = 'rusty-s3 0.11.0'
export const S3CMD = 's3cmd 2.3.0 signurl'
export const HANDWRITTEN = "hand-written after AWS's example in Python, Authorization header"

export const CURL = 'curl'
export const FETCH = 'undici 6.29.1 fetch'
export const AXIOS = 'axios 1.21.1'
export const REQUESTS = 'requests 2.32.5'
export const CHROMIUM = 'Chromium fetch'
export const XHR = 'Chromium XMLHttpRequest'
export const NODE = 'Node http'
export const NGINX = 'nginx, curl before it'

/** The change reproduces the signature: what was signed and what arrived may be told. */
export const certain = (cause, part, signed, arrived) => tell('certain', cause, part, signed, arrived)

/** The request shows it; it cannot be proved. */
export const likely = (cause, part, signed, arrived) => tell('likely', cause, part, signed, arrived)

/** Two things at once. */
export const both = (...causes) => ({ certainty: 'certain', causes })

export const unknown = { certainty: 'unknown' }

function tell(certainty, cause, part, signed, arrived) {
  return {
    cause,
    certainty,
    ...(part !== undefined && { part }),
    ...(signed !== undefined && { signed }),
    ...(arrived !== undefined && { arrived }),
  }
}
