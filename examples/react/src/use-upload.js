import { useEffect, useRef, useState } from 'react'
import { createQueue, upload } from 'dropslip'

/** Connections that all files share: many files together take no more of them than one. */
const queue = createQueue()
const begun = { progress: undefined, result: undefined, error: undefined }

/**
 * Uploads a file for as long as the component is mounted.
 *
 * `progress` has `phase`, `loadedBytes` and more; in the end there is a `result` with the `key`, or an `error` with
 * `message` and `hint`. Unmounting aborts what is not finished, at the storage too.
 *
 * @param {File} file
 * @param {{ preset: string, endpoint?: string }} options
 */
export function useUpload(file, { preset, endpoint }) {
  const [state, setState] = useState(begun)
  const [attempt, setAttempt] = useState(1)
  const sending = useRef(null)

  useEffect(() => {
    const abort = new AbortController()
    const show = (news) => {
      if (!abort.signal.aborted) setState((state) => ({ ...state, ...news }))
    }
    const onProgress = (progress) => show({ progress })
    setState(begun)
    sending.current = upload(file, { preset, endpoint, queue, onProgress, signal: abort.signal })
    sending.current.then((result) => show({ result }), (error) => show({ error }))
    return () => abort.abort()
  }, [file, preset, endpoint, attempt])

  return {
    ...state,
    pause: () => sending.current.pause(),
    resume: () => sending.current.resume(),
    retry: () => setAttempt((attempt) => attempt + 1),
  }
}
