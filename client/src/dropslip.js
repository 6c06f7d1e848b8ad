/**
 * Dropslip in the browser: `upload(file, { preset })` sends a file straight to the storage, with a slip that the
 * service signed.
 *
 * Plain modules without a dependency: what is written is what is served. Only this file is public.
 */

import { UploadError } from './error.js'
import { uploadWith } from './flow.js'
import { uploadManyWith } from './many.js'
import { localMemory } from './memory.js'
import { createQueue } from './queue.js'
import { send } from './send.js'
import { connect } from './service.js'
import { wait } from './wait.js'

/** @import * as types from './types.d.ts' */

export const upload = /* @__PURE__ */ uploadWith({
  connect,
  send,
  wait,
  // Few presets ask for checksums and few uploads fail, so few pages load the code for it.
  checksum: async (...work) => (await import('./checksum.js')).checksum(...work),
  explain: (...failure) => import('./explain.js').then(({ explain }) => explain(...failure), () => failure[2]),
  memory: localMemory,
})

export const uploadMany = /* @__PURE__ */ uploadManyWith(upload)

const publicQueue = /** @type {typeof types.createQueue} */ (createQueue)
export { UploadError, publicQueue as createQueue }
