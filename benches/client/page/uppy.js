// Uppy with its plugin for S3, as its documentation and docs/guide/uppy.md have it, and with Golden Retriever, which
// is how Uppy goes on after a reload: it keeps what it knows in the browser, the file itself in a service worker.

import { AwsS3, GoldenRetriever, Uppy } from 'uppy'

import { person, settings } from './person.js'

const { service, preset, partSize, isRemembered } = settings
const at = AwsS3.VERSION.startsWith('5.') ? { endpoint: service } : { companionEndpoint: service }

const uppy = new Uppy({ meta: { preset } }).use(AwsS3, {
  ...at,
  shouldUseMultipart: true,
  getChunkSize: () => partSize,
})

/** Resolves once Golden Retriever has looked for what it knows. */
let ready = Promise.resolve()
if (isRemembered) {
  await navigator.serviceWorker.register(`${location.pathname}-worker.js`, { scope: '/' })
  const { serviceWorker } = navigator
  if (!serviceWorker.controller) {
    await new Promise((resolve) => serviceWorker.addEventListener('controllerchange', resolve, { once: true }))
  }
  uppy.use(GoldenRetriever, { serviceWorker: true })
  ready = new Promise((resolve) => {
    uppy.on('restored', resolve)
    // Where nothing is known it says nothing.
    setTimeout(resolve, 1000)
  })
}

/** @type {(share: number) => void} */
let tell = () => {}
uppy.on('upload-progress', (_file, { bytesUploaded, bytesTotal }) => tell(bytesUploaded / bytesTotal))

/** How it ended, by Uppy's events: those come also for an upload that was restored. */
function ending() {
  return new Promise((resolve, reject) => {
    uppy.once('complete', ({ successful, failed }) => {
      const [done] = successful ?? []
      if (done) resolve(done.response.body.key)
      else reject(new Error(failed?.[0]?.error ?? 'nothing was uploaded'))
    })
  })
}

person({
  ready,
  async begin(file, progress) {
    tell = progress
    const { recoveredState } = uppy.getState()
    const [known] = uppy.getFiles()
    // What was restored without its bytes is a "ghost", and gets them when the same file is given again.
    if (!known || known.isGhost) uppy.addFile({ name: file.name, type: file.type, data: file, source: 'picker' })
    const ended = ending()
    // The two ways of the button of Uppy's own status bar.
    if (recoveredState) uppy.emit('restore-confirmed')
    else uppy.upload()
    return ended
  },
  async again(progress) {
    tell = progress
    const ended = ending()
    uppy.retryAll()
    return ended
  },
})
