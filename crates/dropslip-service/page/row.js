/**
 * One file's row: shows what it is told and reports which button was pressed. Knows nothing of uploads.
 *
 * All that comes from outside (names, keys, messages, addresses) enters as text or as a property, never as markup.
 */

/** @import { Phase, Progress, UploadError, Uploaded } from '/client/types.d.ts' */

import { find, writeMessage } from './dom.js'
import { extension, rate, sentence, shownName, size, share, timeLeft } from './format.js'

/**
 * @typedef {'queued' | 'uploading' | 'paused' | 'finishing' | 'done' | 'failed' | 'cancelled'} State
 * @typedef {'pause' | 'resume' | 'cancel' | 'retry' | 'remove' | 'copy-key' | 'copy-link'} Action
 */

/** Numbers that change more often than this cannot be read. The bar moves with every report. */
const TEXT_MS_MIN = 200

/** @type {Record<State, Action[]>} */
const BUTTONS = {
  queued: ['cancel'],
  uploading: ['pause', 'cancel'],
  paused: ['resume', 'cancel'],
  finishing: ['cancel'],
  done: ['remove'],
  failed: ['retry', 'remove'],
  cancelled: ['retry', 'remove'],
}

/** What the client does, as the row shows it. `waiting` says for what. @type {Record<Exclude<Phase, 'waiting'>, [State, string]>} */
const PHASES = {
  preparing: ['uploading', 'Preparing'],
  sending: ['uploading', 'Uploading'],
  paused: ['paused', 'Paused'],
  finishing: ['finishing', 'Finishing'],
  done: ['finishing', 'Finishing'],
}

/** @param {UploadError | undefined} cause */
function waitingFor(cause) {
  if (!navigator.onLine) return 'Offline, goes on by itself'
  return cause?.code === 'rate_limited' ? 'Asked to wait' : 'Trying again'
}

/**
 * @param {File} file
 * @param {(action: Action) => void} onAction
 */
export function createRow(file, onAction) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById('row'))
  const element = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true))
  const name = shownName(file.name)
  const bar = find(element, '.bar')
  const preview = createPreview(element, file)
  let textMs = 0

  element.dataset.name = file.name
  find(element, '.name bdi').textContent = name
  find(element, '.name').title = name
  bar.setAttribute('aria-label', `Upload of ${name}`)
  nameButtons(element, name)
  element.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('button[data-action]') : null
    if (button instanceof HTMLButtonElement) onAction(/** @type {Action} */ (button.dataset.action))
  })

  /** @param {State} state @param {string} label */
  function enter(state, label) {
    const hadFocus = element.contains(document.activeElement)
    element.dataset.state = state
    find(element, '.state').textContent = label
    for (const action of /** @type {const} */ (['pause', 'resume', 'cancel', 'retry', 'remove'])) {
      find(element, `[data-action=${action}]`).hidden = !BUTTONS[state].includes(action)
    }
    find(element, '.error').hidden = state !== 'failed'
    find(element, '.stub').hidden = state !== 'done'
    // A pressed button that goes away must not drop a keyboard user to the top of the page.
    const lost = document.activeElement === document.body || !isShown(document.activeElement)
    if (hadFocus && lost) find(element, '.actions button:not([hidden])').focus()
  }

  /** @param {number} loadedBytes @param {number} totalBytes */
  function moveBar(loadedBytes, totalBytes) {
    const part = totalBytes === 0 ? 0 : loadedBytes / totalBytes
    bar.style.setProperty('--part', String(part))
    bar.setAttribute('aria-valuenow', String(Math.floor(part * 100)))
    bar.setAttribute('aria-valuetext', share(loadedBytes, totalBytes))
  }

  /** @param {string} bytes @param {string} pace @param {string} left */
  function write(bytes, pace, left) {
    find(element, '.loaded').textContent = bytes
    find(element, '.rate').textContent = pace
    find(element, '.left').textContent = left
  }

  return {
    element,

    /** @param {string} presetName */
    queued(presetName) {
      enter('queued', 'Waiting')
      about(element, [size(file.size), file.type, presetName])
      moveBar(0, file.size)
      write('', '', '')
      preview.local()
    },

    /** @param {Omit<Progress, 'acceptedBytes'>} progress */
    progress({ phase, loadedBytes, totalBytes, bytesPerSecond, secondsLeft, cause }) {
      moveBar(loadedBytes, totalBytes)
      const [state, label] = phase === 'waiting' ? ['uploading', waitingFor(cause)] : PHASES[phase]
      const changed = element.dataset.state !== state || find(element, '.state').textContent !== label
      if (changed) enter(/** @type {State} */ (state), label)
      if (!changed && performance.now() - textMs < TEXT_MS_MIN) return
      textMs = performance.now()
      write(share(loadedBytes, totalBytes), rate(bytesPerSecond), phase === 'sending' ? timeLeft(secondsLeft) : '')
    },

    /** @param {Uploaded} uploaded @param {string} presetName */
    done({ key, url, size: bytes, contentType }, presetName) {
      moveBar(1, 1)
      find(element, '.key').textContent = key
      const link = /** @type {HTMLAnchorElement} */ (find(element, '.link'))
      find(element, '[data-part=link]').hidden = url === undefined
      if (url !== undefined) {
        link.href = url
        link.textContent = url
        link.title = url
        preview.arrived(url, contentType)
      }
      enter('done', url === undefined ? 'Arrived, private' : 'Arrived')
      about(element, [size(bytes), contentType, presetName])
    },

    /** @param {string} message @param {string} hint */
    failed(message, hint) {
      writeMessage(find(element, '.error-message'), sentence(message))
      writeMessage(find(element, '.error-hint'), hint)
      enter('failed', 'Failed')
    },

    cancelled() {
      enter('cancelled', 'Cancelled')
    },

    /** Shows that the key or the link was copied. @param {Action} action */
    copied(action) {
      const button = find(element, `[data-action=${action}]`)
      button.dataset.copied = ''
      find(button, 'use').setAttribute('href', '#icon-check')
      setTimeout(() => {
        delete button.dataset.copied
        find(button, 'use').setAttribute('href', '#icon-copy')
      }, 1600)
    },

    /** Frees what the row holds. */
    remove() {
      preview.free()
      element.remove()
    },
  }
}

/**
 * The picture in the row: the local file while it travels, the real object once it is public, else the kind's icon.
 *
 * @param {HTMLElement} element
 * @param {File} file
 */
function createPreview(element, file) {
  const thumb = find(element, '.thumb')
  const top = file.type.split('/')[0] ?? ''
  const icon = ['image', 'video', 'audio', 'text'].includes(top) ? top : 'file'
  find(thumb, 'use').setAttribute('href', `#icon-${icon}`)
  find(thumb, '.thumb-ext').textContent = extension(file.name)
  /** @type {string | undefined} */
  let localUrl

  /** Replaces the picture once the next one is there; one that cannot be shown changes nothing. @param {string} src */
  function show(src) {
    const img = new Image()
    img.alt = ''
    img.addEventListener('load', () => {
      thumb.querySelector('img')?.remove()
      thumb.append(img)
      if (src !== localUrl) free()
    })
    img.src = src
  }

  function free() {
    if (localUrl !== undefined) URL.revokeObjectURL(localUrl)
    localUrl = undefined
  }

  return {
    local() {
      if (top !== 'image' || localUrl !== undefined) return
      localUrl = URL.createObjectURL(file)
      show(localUrl)
    },
    /** @param {string} url @param {string} contentType */
    arrived(url, contentType) {
      if (contentType.startsWith('image/')) show(url)
    },
    free,
  }
}

/** @param {HTMLElement} element @param {string[]} parts */
function about(element, parts) {
  find(element, '.about').replaceChildren(
    ...parts
      .filter((part) => part !== '')
      .map((part) => {
        const span = document.createElement('span')
        span.textContent = part
        return span
      }),
  )
}

/** @param {HTMLElement} element @param {string} name */
function nameButtons(element, name) {
  const names = {
    pause: `Pause ${name}`,
    resume: `Resume ${name}`,
    cancel: `Cancel ${name}`,
    retry: `Retry ${name}`,
    remove: `Remove ${name} from the list`,
    'copy-key': `Copy the key of ${name}`,
    'copy-link': `Copy the link of ${name}`,
  }
  for (const [action, label] of Object.entries(names)) {
    const button = find(element, `[data-action=${action}]`)
    button.setAttribute('aria-label', label)
    if (button.classList.contains('icon')) button.title = label.replace(` of ${name}`, '').replace(` ${name}`, '')
  }
}

/** @param {Element | null} element */
function isShown(element) {
  return element instanceof HTMLElement && element.offsetParent !== null
}
