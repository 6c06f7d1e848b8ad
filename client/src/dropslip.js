/**
 * Dropslip in the browser: `upload(file, { preset })` sends a file straight to the storage, with a slip that the
 * service signed.
 *
 * Plain modules without a dependency: what is written is what is served. Only this file is public.
 */

import { UploadError, aborted } from './error.js'
import { uploadWith } from './flow.js'
import { send } from './send.js'
import { connect } from './service.js'

export { UploadError }

export const upload = uploadWith({
  connect,
  send,
  wait,
  nowMs: () => performance.now(),
  random: Math.random,
})

/**
 * @param {number} ms
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<void>}
 */
function wait(ms, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted(signal.reason))
    const abort = () => {
      clearTimeout(timer)
      reject(aborted(signal?.reason))
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort)
      resolve()
    }, ms)
    signal?.addEventListener('abort', abort, { once: true })
  })
}
