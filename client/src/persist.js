/**
 * One call, tried again where that can help, and explained where it cannot.
 */

/** @import { Job } from './flow.js' */
/** @import { Piece } from './parts.js' */
/** @import { UploadError } from './types.d.ts' */

import { explain } from './later.js'
import { isRetryable, retryDelayMs } from './retry.js'
import { wait } from './wait.js'

/**
 * While the browser is offline no failure counts for more than this: every few seconds it is tried, without an end. A
 * browser may be wrong about it, and a request without a network fails at once.
 */
const OFFLINE_FAILURES = 4

/**
 * Calls until it succeeds, fails for good, or there is no hope left.
 *
 * @template T
 * @param {Job} job
 * @param {(failures: number) => Promise<T>} attemptOnce is told how often it has failed
 * @param {Piece} [piece] that travels
 * @returns {Promise<T>}
 */
export async function persist(job, attemptOnce, piece) {
  const { signal } = job
  let failures = 0
  for (;;) {
    try {
      const value = await attemptOnce(failures)
      job.aliveMs = performance.now()
      return value
    } catch (thrown) {
      signal.throwIfAborted()
      let error = /** @type {UploadError} */ (thrown)
      failures = globalThis.navigator?.onLine === false ? OFFLINE_FAILURES : failures + 1
      const delayMs = retryDelayMs(error, failures, performance.now() - job.aliveMs, Math.random())
      if (failures === 1 || delayMs === undefined) {
        error = await explain(job, error, piece)
        signal.throwIfAborted()
        if (delayMs === undefined || !isRetryable(error)) throw error
      }
      job.tell(job.pieces.some(({ loaded, size }) => loaded % size) ? 'sending' : 'waiting', error)
      await wait(delayMs, signal)
    }
  }
}
