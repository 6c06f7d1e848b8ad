/**
 * Progress that tells the truth: what has arrived, what is on its way, a smoothed rate and the time left.
 *
 * Browsers report in bursts, so the rate of one burst says little. Each burst moves the rate by a share that depends on
 * the time it covers: 1 - e^(-t/τ) with τ = 2 s, so 50 ms weigh 2.5 % and 2 s weigh 63 %, however often one is told.
 */

/** @import * as types from './types.d.ts' */
/** @import { Piece } from './parts.js' */

/** τ above. */
const SMOOTHING_MS = 2000
/** Bursts closer than this are taken together: a clock of whole milliseconds makes wild rates of them. */
const SAMPLE_MS_MIN = 50

/**
 * The rate after another burst of bytes. Pure.
 *
 * @param {number} bytesPerSecond before; 0 while it is unknown
 * @param {number} bytes
 * @param {number} elapsedMs
 */
export function smoothed(bytesPerSecond, bytes, elapsedMs) {
  const share = bytesPerSecond ? 1 - Math.exp(-elapsedMs / SMOOTHING_MS) : 1
  return bytesPerSecond + share * ((bytes * 1000) / elapsedMs - bytesPerSecond)
}

/**
 * The seconds left, `null` while nothing can be said.
 *
 * @param {number} leftBytes
 * @param {number} bytesPerSecond
 */
export function secondsLeft(leftBytes, bytesPerSecond) {
  return leftBytes && (bytesPerSecond ? leftBytes / bytesPerSecond : null)
}

/**
 * Tells how far an upload is.
 *
 * @param {number} totalBytes
 * @param {() => readonly Piece[]} pieces as they stand
 * @param {((progress: types.Progress) => void) | undefined} onProgress
 */
export function createProgress(totalBytes, pieces, onProgress) {
  /** Where the rate was taken last. */
  let atMs = performance.now()
  let atBytes = 0
  let rate = 0
  /** @type {types.UploadError | undefined} */
  let lastCause

  /**
   * @param {types.Phase} phase
   * @param {types.UploadError | undefined} [cause]
   */
  return (phase, cause) => {
    const isSending = phase === 'sending'
    let loadedBytes = 0
    let acceptedBytes = 0
    for (const { loaded, size, isDone } of pieces()) {
      loadedBytes += loaded
      if (isDone) acceptedBytes += size
    }
    lastCause = cause ?? (phase === 'done' || loadedBytes > atBytes ? undefined : lastCause)
    const elapsedMs = performance.now() - atMs
    // What was lost, or waited for, is no measure of the line.
    const isNew = !isSending || loadedBytes < atBytes
    if (isNew || elapsedMs >= SAMPLE_MS_MIN) {
      if (!isNew) rate = smoothed(rate, loadedBytes - atBytes, elapsedMs)
      atMs += elapsedMs
      atBytes = loadedBytes
    }
    // The last byte counts when the service has accepted the whole.
    if (phase !== 'done') loadedBytes = totalBytes && Math.min(loadedBytes, totalBytes - 1)
    const bytesPerSecond = isSending ? rate : 0
    const left = secondsLeft(totalBytes - loadedBytes, bytesPerSecond)
    const progress = { phase, loadedBytes, acceptedBytes, totalBytes, bytesPerSecond, secondsLeft: left, cause: lastCause }
    // A fault in the caller's callback is the caller's to see, and no reason to stop the bytes.
    queueMicrotask(() => onProgress?.(progress))
  }
}
