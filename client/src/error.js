/**
 * The one error of the client.
 *
 * Everything that can go wrong on an upload's way ends here, with a stable code to branch on, a message and a hint for
 * a person. A signed address is a secret for as long as it lives and errors end up in logs, so each text that came
 * from outside passes `withoutSignedQuery`.
 */

/** @import * as types from './types.d.ts' */

/** @implements {types.UploadError} */
export class UploadError extends Error {
  /**
   * @param {types.UploadErrorCode} code
   * @param {string} message
   * @param {types.UploadErrorDetails} [details]
   */
  constructor(code, message, details = {}) {
    super(withoutSignedQuery(message), details.cause === undefined ? undefined : { cause: details.cause })
    /** @type {"UploadError"} */
    this.name = 'UploadError'
    this.code = code
    this.status = details.status ?? 0
    this.hint = withoutSignedQuery(details.hint ?? '')
    this.storageCode = details.storageCode
    this.requestId = details.requestId
    this.retryAfterMs = details.retryAfterMs
  }
}

/**
 * Cuts the query off every address that carries signature parameters (Signature Version 4 or 2).
 *
 * @param {string} text
 */
export function withoutSignedQuery(text) {
  return text.replace(/\?[^\s"'<>`]*(?:X-Amz-|Signature=|AWSAccessKeyId=)[^\s"'<>`]*/gi, '?…')
}

/** @param {unknown} reason the signal's reason */
export function aborted(reason) {
  return new UploadError('aborted', 'the upload was aborted', { cause: reason })
}
