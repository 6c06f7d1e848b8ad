/**
 * Many files by one queue: a total, and results in the order of the files.
 */

/** @import * as types from './types.d.ts' */

import { secondsLeft } from './progress.js'
import { createQueue } from './queue.js'

/** What the whole does, when its files do different things: the first that any of them does. @type {types.Phase[]} */
const PHASES = ['sending', 'finishing', 'preparing', 'waiting', 'paused', 'done']

const SUMS = /** @type {const} */ (['loadedBytes', 'acceptedBytes', 'totalBytes', 'bytesPerSecond'])
/** @type {{ -readonly [Field in keyof types.Progress]: types.Progress[Field] }} */
const NOTHING = {
  phase: 'preparing',
  loadedBytes: 0,
  acceptedBytes: 0,
  totalBytes: 0,
  bytesPerSecond: 0,
  secondsLeft: null,
  cause: undefined,
}

/**
 * The progress of all files. One that has failed does not count any more. Pure.
 *
 * @param {readonly (types.Progress | undefined)[]} each `undefined` for a file that failed
 * @returns {types.TotalProgress}
 */
export function total(each) {
  const sum = { ...NOTHING, doneFiles: 0, failedFiles: 0, totalFiles: each.length }
  sum.phase = PHASES.find((phase) => each.some((file) => file?.phase === phase)) ?? 'done'
  for (const file of each) {
    for (const name of SUMS) sum[name] += file?.[name] ?? 0
    sum.cause ??= file?.cause
    if (!file) sum.failedFiles += 1
    else if (file.phase === 'done') sum.doneFiles += 1
  }
  sum.secondsLeft = secondsLeft(sum.totalBytes - sum.loadedBytes, sum.bytesPerSecond)
  return sum
}

/**
 * Makes `uploadMany` of an `upload`.
 *
 * @param {typeof types.upload} upload
 * @returns {typeof types.uploadMany}
 */
export function uploadManyWith(upload) {
  return (files, { onProgress, onFile, queue = createQueue(), ...options }) => {
    /** @type {(types.Progress | undefined)[]} */
    const each = []
    const uploads = [...files].map((file, index) => {
      each[index] = { ...NOTHING, totalBytes: file.size }
      /** @param {types.Progress} [progress] */
      const tell = (progress) => {
        each[index] = progress
        if (progress) onFile?.(index, progress)
        onProgress?.(total(each))
      }
      const one = upload(file, { ...options, queue, onProgress: tell })
      one.catch(() => tell())
      return one
    })
    return Object.assign(Promise.allSettled(uploads), {
      pause: () => uploads.forEach((one) => one.pause()),
      resume: () => uploads.forEach((one) => one.resume()),
    })
  }
}
