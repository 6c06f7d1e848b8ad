import { onDestroy } from 'svelte'
import { createQueue, upload } from 'dropslip'

/** Connections that all files share: many files together take no more of them than one. */
const queue = createQueue()

/**
 * Uploads a file for as long as the component lives that calls this.
 *
 * `progress` has `phase`, `loadedBytes` and more; in the end there is a `result` with the `key`, or an `error` with
 * `message` and `hint`. The end of the component aborts what is not finished, at the storage too.
 *
 * @param {File} file
 * @param {{ preset: string, endpoint?: string }} options
 */
export function useUpload(file, options) {
  let state = $state.raw({})
  let abort, sending

  function start() {
    const { signal } = (abort = new AbortController())
    const show = (news) => {
      if (!signal.aborted) state = { ...state, ...news }
    }
    state = {}
    sending = upload(file, { ...options, queue, signal, onProgress: (progress) => show({ progress }) })
    sending.then((result) => show({ result }), (error) => show({ error }))
  }
  start()
  onDestroy(() => abort.abort())

  return {
    get progress() { return state.progress },
    get result() { return state.result },
    get error() { return state.error },
    pause: () => sending.pause(),
    resume: () => sending.resume(),
    retry: start,
  }
}
