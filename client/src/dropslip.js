/**
 * Dropslip in the browser: `upload(file, { preset })` sends a file straight to the storage, with a slip that the
 * service signed.
 *
 * Plain modules without a dependency: what is written is what is served. Only this file is public.
 */

export { UploadError } from './error.js'
export { upload } from './flow.js'
export { uploadMany } from './many.js'
export { createQueue } from './queue.js'
