/**
 * Progress of one attempt: a smoothed rate and the time left. Pure: values in, values out, the time is an argument.
 *
 * Browsers report in bursts, so the rate of one burst says little. Each burst moves the rate by a share that depends on
 * the time it covers: 1 - e^(-t/τ) with τ = 2 s, so 50 ms weigh 2.5 % and 2 s weigh 63 %, however often one is told.
 */

/** @import * as types from './types.d.ts' */

/**
 * @typedef {object} Meter
 * @property {number} totalBytes
 * @property {number} attempt
 * @property {number} loadedBytes
 * @property {number} bytesPerSecond
 * @property {number} startedMs
 * @property {number} sampledMs when the rate was last moved
 * @property {number} sampledBytes
 */

/** τ above. */
const SMOOTHING_MS = 2000
/** Bursts closer than this are taken together: a clock of whole milliseconds makes wild rates of them. */
const SAMPLE_MS_MIN = 50

/**
 * @param {number} totalBytes
 * @param {number} attempt
 * @param {number} nowMs
 * @returns {Meter}
 */
export function startMeter(totalBytes, attempt, nowMs) {
  return {
    totalBytes,
    attempt,
    loadedBytes: 0,
    bytesPerSecond: 0,
    startedMs: nowMs,
    sampledMs: nowMs,
    sampledBytes: 0,
  }
}

/**
 * The meter after `loadedBytes` in all. A count below the last one, or above the total, is taken for the nearest that
 * can be true.
 *
 * @param {Meter} meter
 * @param {number} loadedBytes
 * @param {number} nowMs
 * @returns {Meter}
 */
export function advance(meter, loadedBytes, nowMs) {
  const loaded = Math.min(meter.totalBytes, Math.max(meter.loadedBytes, loadedBytes))
  const elapsedMs = nowMs - meter.sampledMs
  if (!(elapsedMs >= SAMPLE_MS_MIN)) return { ...meter, loadedBytes: loaded }

  const burst = ((loaded - meter.sampledBytes) * 1000) / elapsedMs
  const first = meter.sampledMs === meter.startedMs
  const share = first ? 1 : 1 - Math.exp(-elapsedMs / SMOOTHING_MS)
  return {
    ...meter,
    loadedBytes: loaded,
    bytesPerSecond: meter.bytesPerSecond + share * (burst - meter.bytesPerSecond),
    sampledMs: nowMs,
    sampledBytes: loaded,
  }
}

/**
 * What the caller is told.
 *
 * @param {Meter} meter
 * @returns {types.Progress}
 */
export function reading({ loadedBytes, totalBytes, bytesPerSecond, attempt }) {
  const leftBytes = totalBytes - loadedBytes
  return {
    loadedBytes,
    totalBytes,
    bytesPerSecond,
    secondsLeft: leftBytes === 0 ? 0 : bytesPerSecond > 0 ? leftBytes / bytesPerSecond : null,
    attempt,
  }
}
