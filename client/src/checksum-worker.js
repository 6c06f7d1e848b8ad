/**
 * The worker of `checksum.js`. Each checksum comes with a port of its own: a message there ends it early, the answer
 * goes there. Several at once take turns, slice by slice.
 */

import { digest } from './digest.js'

/** @param {MessageEvent<[Blob, import('./types.d.ts').Algorithm]>} event */
onmessage = async ({ data: [blob, algorithm], ports }) => {
  const port = /** @type {MessagePort} */ (ports[0])
  const unwanted = new AbortController()
  port.onmessage = () => unwanted.abort()
  try {
    port.postMessage([await digest(blob, algorithm, unwanted.signal)])
  } catch (error) {
    // Taken apart, since not every browser can send a DOMException.
    const { message, name } = /** @type {Error} */ (error)
    port.postMessage([null, message, name])
  }
}
