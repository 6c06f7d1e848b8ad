/**
 * Many files by one queue: a total, and results in the order of the files.
 */

/** @import * as types from './types.d.ts' */

import { upload } from './flow.js'
import { secondsLeft } from './progress.js'
import { createQueue } from './queue.js'

/**
 * The progress of all files. One that has failed does not count any more. Pure.
 *
 * @param {readonly (Partial<types.Progress> | undefined)[]} each `undefined` for a file that failed
 * @returns {types.TotalProgress}
 */
export function total(each) {
  const files = each.filter((file) => file !== undefined)
  /** @param {'loadedBytes' | 'acceptedBytes' | 'totalBytes' | 'bytesPerSecond'} name */
  const sum = (name) => files.reduce((all, file) => all + (file[name] ?? 0), 0)
  const [loadedBytes, totalBytes, bytesPerSecond] = [sum('loadedBytes'), sum('totalBytes'), sum('bytesPerSecond')]
  return {
    loadedBytes,
    acceptedBytes: sum('acceptedBytes'),
    totalBytes,
    bytesPerSecond,
    secondsLeft: secondsLeft(totalBytes - loadedBytes, bytesPerSecond),
    doneFiles: files.filter((file) => file.phase === 'done').length,
    failedFiles: each.length - files.length,
    totalFiles: each.length,
  }
}

/** @type {typeof types.uploadMany} */
export function uploadMany(files, { onProgress, onFile, queue = createQueue(), ...options }) {
  /** @type {(Partial<types.Progress> | undefined)[]} */
  const each = []
  const uploads = [...files].map((file, index) => {
    each[index] = { totalBytes: file.size }
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
