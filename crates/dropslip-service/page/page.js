/**
 * The upload page: chooses files, queues them, and hands each to the client.
 *
 * It uses the public client and the public API only, so it is also an example of both.
 */

/** @import { Upload, Uploaded } from '/client/types.d.ts' */
/** @import { Preset } from './presets.js' */

import { upload, UploadError } from '/client/dropslip.js'
import { find, writeMessage } from './dom.js'
import { sentence, shownName, size, typeName, typeNames } from './format.js'
import { automatic, parsePresets } from './presets.js'
import { createQueue } from './queue.js'
import { createRow } from './row.js'

/** How many upload at once. More would share the same line and arrive no sooner. */
const UPLOADS_MAX = 3

/**
 * @typedef {object} Transfer
 * @property {File} file
 * @property {ReturnType<typeof createRow>} row
 * @property {AbortController} controller for the present try
 * @property {(() => Promise<void>) | undefined} job the present try
 * @property {Upload | undefined} upload while it is under way
 * @property {Uploaded | undefined} uploaded
 */

const queue = createQueue(UPLOADS_MAX)
/** @type {Set<Transfer>} */
const transfers = new Set()
/** @type {readonly Preset[]} */
let presets = []
/** Files that came before the page knew what the service takes. @type {File[]} */
const early = []
/** Kept here only: neither storage nor address ever see it. */
let apiKey = ''

const picker = /** @type {HTMLInputElement} */ (byId('picker'))
const keyInput = /** @type {HTMLInputElement} */ (byId('key'))

/* ---- what the service offers ---- */

/** @returns {Record<string, string>} */
function authorization() {
  return apiKey ? { authorization: `Bearer ${apiKey}` } : {}
}

async function loadPresets() {
  let response, answer
  try {
    response = await fetch('/v1/presets', { headers: { accept: 'application/json', ...authorization() } })
    answer = await response.json().catch(() => undefined)
  } catch {
    return showTrouble('The service cannot be reached.', 'Check that it is running and that you are online.')
  }
  if (response.status === 401) return askForKey()
  const offered = response.ok ? parsePresets(answer) : undefined
  if (!offered) {
    const message = answer?.detail ?? answer?.title ?? `It answered with status ${response.status}.`
    return showTrouble(String(message), String(answer?.hint ?? ''))
  }
  if (offered.length === 0) {
    return showTrouble('No kind of upload is configured.', 'Add a preset to the configuration of the service.')
  }
  presets = offered
  showKinds()
  showOnly('desk')
  addFiles(early.splice(0))
}

/** @param {'desk' | 'key-form' | 'trouble'} id */
function showOnly(id) {
  for (const part of ['desk', 'key-form', 'trouble']) byId(part).hidden = part !== id
}

function askForKey() {
  byId('key-wrong').textContent = apiKey ? 'The service does not know this key.' : ''
  keyInput.setAttribute('aria-invalid', String(apiKey !== ''))
  showOnly('key-form')
  keyInput.select()
}

/** @param {string} message @param {string} hint */
function showTrouble(message, hint) {
  writeMessage(byId('trouble-message'), sentence(message))
  writeMessage(byId('trouble-hint'), hint)
  showOnly('trouble')
}

function showKinds() {
  const before = chosenKind()
  const template = /** @type {HTMLTemplateElement} */ (byId('kind'))
  const offers = [
    { name: '', title: 'Automatic', note: 'Chosen by the type of each file', limit: '' },
    ...presets.map((p) => ({
      name: p.name,
      title: p.name.charAt(0).toUpperCase() + p.name.slice(1),
      note: typeNames(p.accept),
      limit: `up to ${size(p.maxSize)}${p.public ? '' : ', private'}`,
    })),
  ]
  const kinds = offers.map(({ name, title, note, limit }) => {
    const kind = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true))
    const input = /** @type {HTMLInputElement} */ (find(kind, 'input'))
    input.value = name
    input.checked = name === before
    find(kind, '.kind-name').textContent = title
    find(kind, '.kind-note').textContent = note
    find(kind, '.kind-limit').textContent = limit
    return kind
  })
  byId('kinds').replaceChildren(...kinds)
  showSnippets()
}

/** @returns {string} the preset's name, empty for automatic */
function chosenKind() {
  const checked = /** @type {HTMLInputElement | null} */ (document.querySelector('input[name=preset]:checked'))
  return checked?.value ?? ''
}

function showSnippets() {
  const preset = chosenKind() || (presets[0]?.name ?? 'photo')
  const { origin } = location
  byId('snippet-js').textContent = [
    `import { upload } from '${origin}/client/dropslip.js'`,
    `const [file] = document.querySelector('input[type=file]').files`,
    `const { key } = await upload(file, {`,
    `  endpoint: '${origin}/v1/uploads',`,
    `  preset: '${preset}',`,
    `})`,
  ].join('\n')
  byId('snippet-sh').textContent = [
    `curl ${origin}/v1/uploads \\`,
    `  -H 'content-type: application/json' \\`,
    `  -d '{"preset": "${preset}", "fileName": "${exampleName(preset)}", "size": 48213}'`,
  ].join('\n')
}

/** A name that the preset takes. @param {string} preset */
function exampleName(preset) {
  const [first = ''] = presets.find((p) => p.name === preset)?.accept ?? []
  const names = { image: 'cat.jpg', video: 'clip.mp4', audio: 'song.mp3', text: 'notes.txt' }
  return names[/** @type {keyof typeof names} */ (first.split('/')[0])] ?? 'report.pdf'
}

/* ---- the files ---- */

/** @param {Iterable<File>} files */
function addFiles(files) {
  if (byId('desk').hidden) {
    early.push(...files)
    return
  }
  byId('notice').textContent = ''
  for (const file of files) {
    /** @type {Transfer} */
    const transfer = {
      file,
      row: createRow(file, (action) => void act(transfer, action)),
      controller: new AbortController(),
      job: undefined,
      upload: undefined,
      uploaded: undefined,
    }
    transfers.add(transfer)
    byId('rows').append(transfer.row.element)
    enqueue(transfer)
  }
}

/** @param {Transfer} transfer */
function enqueue(transfer) {
  const { file, row } = transfer
  const kind = chosenKind()
  const preset = kind || automatic(presets, file.type)?.name
  transfer.controller = new AbortController()
  row.queued(preset ?? '')
  if (preset === undefined) {
    const type = file.type ? typeName(file.type) : 'this type'
    const hint = `Accepted are: ${presets.map((p) => typeNames(p.accept)).join(', ')}.`
    fail(transfer, `no kind of upload here accepts ${type}`, hint)
  } else {
    const job = () => run(transfer, preset)
    transfer.job = job
    queue.add(job)
  }
  summarize()
}

/** @param {Transfer} transfer @param {string} preset */
async function run(transfer, preset) {
  const { file, row, controller } = transfer
  const { size: totalBytes } = file
  const none = { loadedBytes: 0, totalBytes, bytesPerSecond: 0, secondsLeft: null, cause: undefined }
  row.progress({ phase: 'preparing', ...none })
  summarize()
  try {
    transfer.upload = upload(file, {
      preset,
      headers: authorization(),
      signal: controller.signal,
      onProgress(progress) {
        const before = row.element.dataset.state
        row.progress(progress)
        if (row.element.dataset.state !== before) summarize()
      },
    })
    const uploaded = await transfer.upload
    transfer.uploaded = uploaded
    row.done(uploaded, preset)
    announce(`${shownName(file.name)} has arrived.`)
  } catch (error) {
    if (error instanceof UploadError && error.code === 'aborted') cancelled(transfer)
    else if (error instanceof UploadError) {
      fail(transfer, error.message, error.hint)
      if (error.code === 'unauthorized') askForKey()
    } else {
      fail(transfer, 'the page has a fault', 'The console of the browser says more.')
      console.error(error)
    }
  }
  transfer.upload = undefined
  summarize()
}

/** @param {Transfer} transfer */
function cancelled({ file, row }) {
  row.cancelled()
  announce(`${shownName(file.name)} was cancelled.`)
}

/** @param {Transfer} transfer @param {string} message @param {string} hint */
function fail({ file, row }, message, hint) {
  row.failed(message, hint)
  announce(`${shownName(file.name)} failed. ${sentence(message)} ${hint}`)
}

/** @param {Transfer} transfer @param {import('./row.js').Action} action */
async function act(transfer, action) {
  const { file, row, job, uploaded } = transfer
  switch (action) {
    case 'pause':
      transfer.upload?.pause()
      if (job) queue.rest(job)
      return announce(`${shownName(file.name)} is paused.`)
    case 'resume':
      if (job) queue.wake(job)
      transfer.upload?.resume()
      return announce(`${shownName(file.name)} goes on.`)
    case 'cancel':
      transfer.controller.abort()
      if (job && queue.remove(job)) {
        cancelled(transfer)
        summarize()
      }
      return
    case 'retry':
      return enqueue(transfer)
    case 'remove':
      return remove(transfer)
    case 'copy-key':
    case 'copy-link':
      if (!(await copy((action === 'copy-key' ? uploaded?.key : uploaded?.url) ?? ''))) return
      row.copied(action)
      return announce(action === 'copy-key' ? 'Key copied.' : 'Link copied.')
  }
}

/** @param {Transfer} transfer */
function remove(transfer) {
  const { element } = transfer.row
  const neighbour = element.nextElementSibling ?? element.previousElementSibling
  const hadFocus = element.contains(document.activeElement)
  transfers.delete(transfer)
  transfer.row.remove()
  summarize()
  if (!hadFocus) return
  const next = neighbour?.querySelector('.actions button:not([hidden])')
  if (next instanceof HTMLElement) next.focus()
  else picker.focus()
}

function summarize() {
  const count = { queued: 0, uploading: 0, paused: 0, finishing: 0, done: 0, failed: 0, cancelled: 0 }
  for (const { row } of transfers) count[/** @type {keyof typeof count} */ (row.element.dataset.state)] += 1
  const { queued, uploading, paused, finishing, done, failed } = count
  /** @type {[number, string][]} */
  const parts = [
    [done, `${done} of ${transfers.size} arrived`],
    [uploading + finishing, `${uploading + finishing} under way`],
    [paused, `${paused} paused`],
    [queued, `${queued} waiting`],
    [failed, `${failed} failed`],
  ]
  byId('files').hidden = transfers.size === 0
  byId('zone').classList.toggle('small', transfers.size > 0)
  byId('summary').textContent = parts
    .filter(([n]) => n > 0)
    .map(([, text]) => text)
    .join(', ')
  byId('clear').hidden = done < 2
}

/* ---- the page ---- */

/** A log region is read out entry by entry, so two files that end together are both heard. @param {string} text */
function announce(text) {
  const entry = document.createElement('p')
  entry.textContent = text
  byId('announcer').append(entry)
  setTimeout(() => entry.remove(), 10_000)
}

/** @param {string} text @returns {Promise<boolean>} */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // No clipboard without a secure context (plain HTTP on another machine), or without permission.
    prompt('Copy it from here:', text)
    return false
  }
}

/** Directories come as files that cannot be read; they are left out, and said so. @param {DataTransfer} dropped */
function filesOf(dropped) {
  const items = [...dropped.items].filter((item) => item.kind === 'file')
  const directories = items.filter((item) => item.webkitGetAsEntry()?.isDirectory)
  const files = items.filter((item) => !directories.includes(item)).map((item) => item.getAsFile())
  return { files: files.filter((file) => file !== null), directories: directories.length }
}

/** @param {DragEvent} event */
function carriesFiles(event) {
  return event.dataTransfer?.types.includes('Files') ?? false
}

/** @param {boolean} on */
function veil(on) {
  document.documentElement.classList.toggle('dragging', on && !byId('desk').hidden)
}

function listen() {
  picker.addEventListener('change', () => {
    addFiles([...(picker.files ?? [])])
    picker.value = '' // the same file can be chosen again
  })
  addEventListener('paste', (event) => addFiles([...(event.clipboardData?.files ?? [])]))
  addEventListener('dragenter', (event) => veil(carriesFiles(event)))
  addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) veil(false)
  })
  addEventListener('dragover', (event) => {
    if (carriesFiles(event)) event.preventDefault()
  })
  addEventListener('drop', (event) => {
    veil(false)
    if (!event.dataTransfer || !carriesFiles(event)) return
    event.preventDefault()
    const { files, directories } = filesOf(event.dataTransfer)
    addFiles(files)
    if (directories > 0) byId('notice').textContent = 'Folders are left out. Drop the files inside.'
  })
  addEventListener('beforeunload', (event) => {
    if (queue.busy()) event.preventDefault()
  })
  byId('kinds').addEventListener('change', showSnippets)
  byId('clear').addEventListener('click', () => {
    for (const transfer of [...transfers]) if (transfer.row.element.dataset.state === 'done') remove(transfer)
    picker.focus()
  })
  byId('trouble-retry').addEventListener('click', () => void loadPresets())
  byId('key-form').addEventListener('submit', (event) => {
    event.preventDefault()
    apiKey = keyInput.value.trim()
    void loadPresets()
  })
  for (const button of document.querySelectorAll('[data-copy]')) {
    button.addEventListener('click', async () => {
      const source = byId(/** @type {HTMLElement} */ (button).dataset.copy ?? '')
      if (await copy(source.textContent ?? '')) announce('Copied.')
    })
  }
}

/** @param {string} id */
function byId(id) {
  return find(document, `#${id}`)
}

listen()
showSnippets()
void loadPresets()
