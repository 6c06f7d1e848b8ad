/**
 * Which failures are tried again, after how long, and when to stop. Pure: randomness is an argument.
 *
 * Full jitter (a uniform wait between nothing and a doubling ceiling) spreads the clients that failed together, so they
 * do not come back together. The ceilings sum to 7.5 s: long enough for a restart of the other side, short enough that
 * a fault that will not pass, as CORS, is told while the person is still looking.
 */

/** @import { UploadError } from './error.js' */

/** Attempts for each call, the first included. */
export const ATTEMPTS_MAX = 5
/** Ceiling of the wait after the first attempt; it doubles with each. */
export const BACKOFF_BASE_MS = 500
/** The longest `Retry-After` that is waited for. A longer one is the person's decision, so the error is told. */
export const RETRY_AFTER_MS_MAX = 60_000

/**
 * Whether the same call may succeed when it is made again.
 *
 * @param {UploadError} error
 */
export function isRetryable({ code, status, storageCode }) {
  if (code === 'network' || status === 408 || status === 429) return true
  // S3 answers 400, not 408, to a client whose bytes came too slowly.
  if (storageCode === 'RequestTimeout') return true
  // 501 and 505 say that the server will never do this.
  return status >= 500 && status <= 599 && status !== 501 && status !== 505
}

/**
 * The wait before the next attempt, or `undefined` when there should be none.
 *
 * @param {UploadError} error what the attempt failed with
 * @param {number} attempt the attempt that failed, from 1
 * @param {number} random in [0, 1)
 * @returns {number | undefined} milliseconds
 */
export function retryDelayMs(error, attempt, random) {
  if (attempt >= ATTEMPTS_MAX || !isRetryable(error)) return undefined
  const jitterMs = random * BACKOFF_BASE_MS * 2 ** (attempt - 1)
  const askedMs = error.retryAfterMs ?? 0
  if (askedMs > RETRY_AFTER_MS_MAX) return undefined
  // On top of what was asked: all who were told "in 10 s" would otherwise come in the same instant.
  return Math.round(askedMs + jitterMs)
}

/**
 * Reads `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3). What is neither counts as absent.
 *
 * @param {string | null | undefined} value
 * @param {number} nowMs
 * @returns {number | undefined} milliseconds from now
 */
export function parseRetryAfterMs(value, nowMs) {
  const text = value?.trim()
  if (!text) return undefined
  if (/^\d+$/.test(text)) return Number(text) * 1000
  // Date.parse takes bare words and signed numbers for dates; HTTP's always names the weekday first.
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return undefined
  const atMs = Date.parse(text)
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs)
}
