/**
 * One call, tried again where that can help, and explained where it cannot.
 */

/** @import { Job } from './flow.js' */
/** @import { Piece } from './parts.js' */
/** @import { UploadError } from './types.d.ts' */

import { isRetryable, retryDelayMs } from './retry.js'

/** A browser may be wrong about being offline, so it is tried; a request without a network fails at once. */
const OFFLINE_MS = 3000

/**
 * Calls until it succeeds, fails for good, or there is no hope left.
 *
 * @template T
 * @param {Job} job
 * @param {AbortSignal} signal
 * @param {Piece | undefined} piece that travels
 * @param {(attempt: number) => Promise<T>} attemptOnce is told the attempt, from 1
 * @returns {Promise<T>}
 */
export async function persist(job, signal, piece, attemptOnce) {
  let failures = 0
  for (let attempt = 1; ; attempt += 1) {
    try {
      const value = await attemptOnce(attempt)
      job.aliveMs = performance.now()
      return value
    } catch (thrown) {
      signal.throwIfAborted()
      let error = /** @type {UploadError} */ (thrown)
      const isOffline = globalThis.navigator?.onLine === false
      if (!isOffline) failures += 1
      const delayMs = retryDelayMs(error, failures, performance.now() - job.aliveMs, Math.random())
      // A browser keeps from scripts whether it was CORS or the line. What this page could send once is allowed to it.
      const isPuzzling = piece && failures === 1 && !isOffline && !job.hasSent && error.code === 'network'
      if (isPuzzling || delayMs === undefined) {
        error = await job.world.explain(job, piece, error, signal)
        signal.throwIfAborted()
        if (delayMs === undefined || !isRetryable(error)) throw error
      }
      job.tell(job.pieces.some(({ loaded, size }) => loaded % size) ? 'sending' : 'waiting', error)
      await job.world.wait(isOffline ? OFFLINE_MS : delayMs, signal)
    }
  }
}
