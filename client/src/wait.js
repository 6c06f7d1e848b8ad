/**
 * Waiting that a signal can end.
 */

/**
 * A promise that resolves when `begin` says so, and rejects with the signal's reason.
 *
 * @param {AbortSignal} signal
 * @param {(done: () => void) => () => unknown} begin gives what to undo when it is over
 * @returns {Promise<void>}
 */
export async function abortable(signal, begin) {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const end = () => {
      undo?.()
      signal.removeEventListener('abort', end)
      if (signal.aborted) reject(signal.reason)
      else resolve()
    }
    /** @type {(() => unknown) | undefined} */
    let undo
    signal.addEventListener('abort', end)
    undo = begin(end)
  })
}

/**
 * @param {number} ms
 * @param {AbortSignal} signal
 */
export function wait(ms, signal) {
  return abortable(signal, (done) => {
    const timer = setTimeout(done, ms)
    return () => clearTimeout(timer)
  })
}
