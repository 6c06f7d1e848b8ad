import { onScopeDispose, shallowReactive, toRefs } from 'vue'
import { createQueue, upload } from 'dropslip'

/** Connections that all files share: many files together take no more of them than one. */
const queue = createQueue()
const begun = { progress: undefined, result: undefined, error: undefined }

/**
 * Uploads a file for as long as the component lives that calls this.
 *
 * `progress` has `phase`, `loadedBytes` and more; in the end there is a `result` with the `key`, or an `error` with
 * `message` and `hint`. Unmounting aborts what is not finished, at the storage too.
 *
 * @param {File} file
 * @param {{ preset: string, endpoint?: string }} options
 */
export function useUpload(file, options) {
  const state = shallowReactive({ ...begun })
  let abort, sending

  function start() {
    const { signal } = (abort = new AbortController())
    const show = (news) => {
      if (!signal.aborted) Object.assign(state, news)
    }
    show(begun)
    sending = upload(file, { ...options, queue, signal, onProgress: (progress) => show({ progress }) })
    sending.then((result) => show({ result }), (error) => show({ error }))
  }
  start()
  onScopeDispose(() => abort.abort())

  return {
    ...toRefs(state),
    pause: () => sending.pause(),
    resume: () => sending.resume(),
    retry: start,
  }
}
