// What a person sees and does on each page: a file is chosen, a button is pressed.
//
// `begin(file)` starts an upload and resolves with its key. `again()` is what a "Retry" button does; without it the
// file is begun again.

export const settings = JSON.parse(new URLSearchParams(location.search).get('settings') ?? '{}')

/**
 * @typedef {(share: number) => void} Progress
 * @type {{ isReady: boolean, ended?: 'done' | 'failed', key?: string, error?: string, tookMs?: number, share: number }}
 */
const seen = { isReady: false, share: 0 }

/**
 * @param {object} client
 * @param {(file: File, progress: Progress) => Promise<string>} client.begin
 * @param {(progress: Progress) => Promise<string>} [client.again]
 * @param {Promise<unknown>} [client.ready]
 */
export function person({ begin, again, ready }) {
  const picker = /** @type {HTMLInputElement} */ (document.querySelector('#picker'))
  /** @type {File | undefined} */
  let file
  const progress = (share) => { seen.share = share }
  async function follow(upload) {
    delete seen.ended
    const start = performance.now()
    try {
      seen.key = await upload()
      seen.tookMs = performance.now() - start
      seen.ended = 'done'
    } catch (error) {
      seen.error = told(error)
      seen.ended = 'failed'
    }
  }
  picker.addEventListener('change', () => {
    file = picker.files?.[0]
    follow(() => begin(file, progress))
  })
  Object.assign(globalThis, { seen, pressRetry: () => follow(() => again ? again(progress) : begin(file, progress)) })
  Promise.resolve(ready).then(() => { seen.isReady = true })
}

/** An error as a page would show it. */
function told(error) {
  const { name, code, message, hint } = error ?? {}
  return [code ?? name, message, hint].filter(Boolean).join(': ')
}
