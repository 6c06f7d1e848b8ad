/**
 * Which failures are tried again, after how long, and when to stop. Pure: time and chance are arguments.
 *
 * Full jitter (a uniform wait between nothing and a doubling ceiling) spreads the clients that failed together, so they
 * do not come back together. Five attempts are made at least. An upload under way is not given up then: it goes on for
 * as long as something has succeeded lately, since what has arrived is worth more than a quick answer.
 */

/** @import { UploadError } from './types.d.ts' */

/** Attempts for each call, the first included, before anything has succeeded. */
export const ATTEMPTS_MAX = 5
/** Ceiling of the wait after the first attempt; it doubles with each. */
export const BACKOFF_BASE_MS = 500
/** The ceiling of ceilings. */
export const BACKOFF_MS_MAX = 15_000
/** How long an upload under way outlives the last success of any of its calls, and the longest `Retry-After`. */
export const PATIENCE_MS = 600_000
/** No answer, time-outs, too many requests and faults of the server; 501 and 505 say that it will never do this. */
const PASSING = /^(network|408|429|5(?!01|05)\d\d)$/

/**
 * Whether the same call may succeed when it is made again.
 *
 * @param {UploadError} error
 */
export function isRetryable({ code, status, storageCode }) {
  // S3 answers 400, not 408, to a client whose bytes came too slowly.
  return storageCode === 'RequestTimeout' || PASSING.test(`${status || code}`)
}

/**
 * The wait before the next attempt, or `undefined` when there should be none.
 *
 * @param {UploadError} error what the attempt failed with
 * @param {number} attempt the attempt that failed, from 1
 * @param {number} idleMs since any call of the upload succeeded; Infinity before the first
 * @param {number} random in [0, 1)
 * @returns {number | undefined} milliseconds
 */
export function retryDelayMs(error, attempt, idleMs, random) {
  const { retryAfterMs = 0 } = error
  if (!isRetryable(error) || retryAfterMs > PATIENCE_MS) return undefined
  if (attempt >= ATTEMPTS_MAX && idleMs > PATIENCE_MS) return undefined
  // On top of what was asked: all who were told "in 10 s" would otherwise come in the same instant.
  return retryAfterMs + random * Math.min(BACKOFF_MS_MAX, BACKOFF_BASE_MS * 2 ** (attempt - 1))
}

/**
 * Reads `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3). What is neither, or past, is no wait.
 *
 * @param {string | null | undefined} value
 * @param {number} [nowMs]
 * @returns {number} milliseconds from now
 */
export function parseRetryAfterMs(value, nowMs = Date.now()) {
  const text = value ?? ''
  return Math.max(0, Number(text) * 1000 || Date.parse(text) - nowMs || 0)
}
