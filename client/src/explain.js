/**
 * What can be found out about a failure. Loaded when there is one.
 *
 * A browser hides why a request to another origin failed, and S3 says little about why it refused. The service can look:
 * it makes the same preflight, and knows what was signed.
 */

/** @import { Job } from './flow.js' */
/** @import { Piece } from './parts.js' */
/** @import * as types from './types.d.ts' */

import { UploadError } from './error.js'
import { isRetryable } from './retry.js'

/** As much of an error as the service looks at. */
const ANSWER_CHARS_MAX = 8000

/** @type {Record<string, string>} */
const HINTS = {
  network:
    'Check the network connection, that the server is running and reachable from here, and that it allows this page ' +
    'by CORS.',
  bad_answer: 'Check that `endpoint` is the uploads address of a Dropslip service, and what answers in front of it.',
  file_unreadable: 'It was moved or changed since it was chosen, or its medium is gone. Choose it again.',
}

/** @typedef {{ code: string, detail: string, hint: string, retry: boolean }} Verdict of `POST /v1/diagnose` */

/**
 * The same failure with a hint; or with another code, when the service found the cause.
 *
 * @param {Job} job
 * @param {types.UploadError} error
 * @param {Piece} [piece] that travelled
 * @returns {Promise<types.UploadError>}
 */
export async function explain(job, error, piece) {
  if (!(error instanceof UploadError)) return unreadable(error)
  const { code, message, status, text } = error
  /** @param {string} [hint] */
  const hinted = (hint = '') => new UploadError(code, message, { ...error, hint })
  // A browser keeps from scripts whether it was CORS or the line. What this page could send once is allowed to it.
  const isPuzzling = code === 'network' && !job.pieces.some(({ isDone }) => isDone)
  const isRefused = code === 'storage_refused' && !isRetryable(error)
  if (!piece || !(isPuzzling || isRefused)) return error.hint ? error : hinted(HINTS[code])
  const answer = text?.slice(0, ANSWER_CHARS_MAX)
  const number = piece.number || undefined
  try {
    /** @type {Verdict} */
    const verdict = await job.call('POST', '/../../diagnose', { id: job.id, number, status, answer })
    if (status || verdict.retry) return hinted(verdict.hint)
    return new UploadError(verdict.code, verdict.detail, { hint: verdict.hint, cause: error })
  } catch {
    return hinted(HINTS[code])
  }
}

/**
 * A fault of the browser in reading the file; every other is no failure of the upload, and told as it is.
 *
 * @param {Error} cause
 */
function unreadable(cause) {
  // AbortError is how Firefox says it; of an upload that was aborted nobody asks here.
  if (!/^(Abort|NotFound|NotReadable)Error$/.test(cause.name)) return /** @type {types.UploadError} */ (cause)
  return new UploadError('file_unreadable', 'the file can no longer be read', { cause, hint: HINTS['file_unreadable'] })
}
