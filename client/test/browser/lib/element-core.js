/**
 * Stands in for the core, in the page: its uploads do what a test tells them through `uploads`.
 *
 * For states that are hard to bring about with a service: waiting, paused at a moment, failed for a reason.
 */

export class UploadError extends Error {
  constructor(code, message, details) {
    super(message)
    Object.assign(this, { name: 'UploadError', code, status: 0, hint: '' }, details)
  }
}

export function createQueue() {
  return { limit: 6 }
}

/** @type {object[]} in the order of their start */
export const uploads = []
globalThis.uploads = uploads

export function upload(file, options) {
  const progress = {
    phase: 'preparing',
    loadedBytes: 0,
    acceptedBytes: 0,
    totalBytes: file.size,
    bytesPerSecond: 0,
    secondsLeft: null,
  }
  const one = {
    file,
    options,
    said: [],
    report: (change) => options.onProgress(Object.assign(progress, change)),
  }
  const promise = new Promise((resolve, reject) => {
    one.reject = reject
    one.fail = (code, message, details) => reject(new UploadError(code, message, details))
    one.done = (more) => {
      const uploaded = {
        id: 'id',
        bucket: 'b',
        key: `files/${file.name}`,
        size: file.size,
        contentType: file.type,
        etag: '"e"',
      }
      one.report({ phase: 'done', loadedBytes: file.size })
      resolve({ ...uploaded, ...more })
    }
    options.signal.addEventListener('abort', () => {
      one.said.push('abort')
      one.fail('aborted', 'the upload was aborted')
    })
  })
  const say = (word, phase) => () => {
    one.said.push(word)
    one.report({ phase })
  }
  uploads.push(one)
  return Object.assign(promise, { pause: say('pause', 'paused'), resume: say('resume', 'sending') })
}
