/**
 * The connections that uploads share, and how many may be used at once.
 *
 * How many are best depends on the line, so it is found out: one more after each round that was faster than the one
 * before it, half after a time-out or a 503 (additive increase, multiplicative decrease, as TCP does).
 */

/** @import * as types from './types.d.ts' */

import { abortable } from './wait.js'

/** Few enough for a slow line, enough to be faster than one. */
const LIMIT_START = 3
/** How much faster a round must be to count as faster. */
const GAIN_MIN = 1.05

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
  /** Bytes per millisecond of the round before. */
  let pace = 0
  // Of the present round, which has as many answers as there are connections.
  let bytes = 0
  let answers = 0
  let sinceMs = performance.now()
  /** When it was halved last. */
  let halvedMs = 0
  const connection = createLine(() => limit)

  /** @param {number} gained @param {number} begunMs */
  function learn(gained, begunMs) {
    const nowMs = performance.now()
    if (gained < 0) {
      // Requests that were under way when it was halved say nothing about the half.
      if (begunMs < halvedMs) return
      limit = Math.max(1, limit >> 1)
      halvedMs = nowMs
      pace = 0
    } else {
      bytes += gained
      answers += 1
      if (answers < limit) return
      const speed = bytes / (nowMs - sinceMs)
      if (speed > pace * GAIN_MIN && limit < max) limit += 1
      pace = speed
    }
    bytes = answers = 0
    sinceMs = nowMs
  }

  return {
    max,
    get limit() {
      return limit
    },
    enter: createLine(() => max),
    async connect(signal) {
      const leave = await connection(signal)
      const begunMs = performance.now()
      return (gained) => {
        if (gained) learn(gained, begunMs)
        leave()
      }
    },
  }
}

/**
 * Who waits for one of so many places, first come first served. Each gets what gives the place back.
 *
 * @param {() => number} limit
 * @returns {(signal: AbortSignal) => Promise<() => void>}
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

  return async (signal) => {
    await abortable(signal, (go) => {
      waiting.add(go)
      next()
      return () => waiting.delete(go)
    })
    return () => {
      taken -= 1
      next()
    }
  }
}
