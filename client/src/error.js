/**
 * The one error of the client: a stable code to branch on, a message and a hint for a person.
 *
 * A signed address is a secret for as long as it lives and errors end up in logs, so none is ever put into one: of an
 * address only the origin is told.
 */

/** @import * as types from './types.d.ts' */

class Failure extends Error {
  /**
   * @param {types.UploadErrorCode} code
   * @param {string} message
   * @param {types.UploadErrorDetails} [details]
   */
  constructor(code, message, details) {
    super(message)
    Object.assign(this, { name: 'UploadError', code, hint: '', status: 0 }, details)
  }
}

export const UploadError = /** @type {typeof types.UploadError} */ (/** @type {unknown} */ (Failure))
