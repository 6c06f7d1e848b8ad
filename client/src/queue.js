/**
 * The connections that uploads share, and how many may be used at once.
 *
 * How many are best depends on the line, so it is found out: one more after each round that was faster than the best
 * before it, half after a time-out or a 503 (additive increase, multiplicative decrease, as TCP does).
 */

/** @import * as types from './types.d.ts' */

import { abortable } from './wait.js'

/** Few enough for a slow line, enough to be faster than one. */
const LIMIT_START = 3
/** How much faster a round must be to count as faster. */
const GAIN_MIN = 1.05
/** The best fades, so that a line that became faster is tried again. */
const FADE = 0.97

/**
 * @typedef {types.Queue & {
 *   enter: (signal: AbortSignal) => Promise<() => void>,
 *   connect: (signal: AbortSignal) => Promise<(bytes: number) => void>,
 *   max: number,
 * }} Lines `enter` is a file's turn, `connect` a request's; what they give ends it: bytes that arrived, -1 for congestion
 */

/**
 * @param {number} [max]
 * @returns {Lines}
 */
export function createQueue(max = 6) {
  let limit = Math.min(LIMIT_START, max)
  /** Bytes per millisecond of the best round. */
  let best = 0
  // Of the present round, which has as many answers as there are connections.
  let bytes = 0
  let answers = 0
  let sinceMs = 0
  /** When it was halved last. */
  let halvedMs = 0
  const files = createLine(() => max)
  const requests = createLine(() => limit)

  /** @param {number} gained @param {number} begunMs */
  function learn(gained, begunMs) {
    const nowMs = performance.now()
    bytes += gained
    answers += 1
    if (gained < 0) {
      // Requests that were under way when it was halved say nothing about the half.
      if (begunMs < halvedMs) return
      limit = Math.max(1, limit >> 1)
      halvedMs = nowMs
      best = 0
    } else {
      if (answers < limit) return
      const speed = bytes / (nowMs - sinceMs)
      if (speed > best * GAIN_MIN && limit < max) limit += 1
      best = Math.max(speed, best * FADE)
    }
    bytes = answers = 0
    sinceMs = nowMs
  }

  return {
    max,
    get limit() {
      return limit
    },
    async enter(signal) {
      await files.take(signal)
      return files.give
    },
    async connect(signal) {
      await requests.take(signal)
      const begunMs = performance.now()
      sinceMs ||= begunMs
      return (gained) => {
        if (gained) learn(gained, begunMs)
        requests.give()
      }
    },
  }
}

/**
 * Who waits for one of so many places, first come first served.
 *
 * @param {() => number} limit
 */
function createLine(limit) {
  /** @type {Set<() => void>} */
  const waiting = new Set()
  let taken = 0

  function next() {
    for (const go of waiting) {
      if (taken >= limit()) return
      waiting.delete(go)
      taken += 1
      go()
    }
  }

  return {
    /** @param {AbortSignal} signal */
    take: (signal) =>
      abortable(signal, (go) => {
        waiting.add(go)
        next()
        return () => waiting.delete(go)
      }),
    give() {
      taken -= 1
      next()
    },
  }
}
