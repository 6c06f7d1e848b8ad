/**
 * One file's row: shows what it is told, and reports which button was pressed. Knows nothing of uploads.
 */

/** @import { Progress, Uploaded } from './types.js' */
/** @import { Words } from './element-text.js' */

import { icon, make } from './element-dom.js'
import { sentence, shownName } from './element-text.js'

/**
 * @typedef {'pause' | 'resume' | 'retry' | 'cancel' | 'remove'} Action
 * @typedef {Progress['phase'] | 'failed' | 'cancelled'} State
 */

/**
 * What a row shows.
 *
 * @typedef {object} Item
 * @property {File | null} file
 * @property {string} name
 * @property {number} size
 * @property {State} phase
 * @property {Progress | undefined} [progress]
 * @property {Uploaded | undefined} [uploaded]
 * @property {(Error & { code?: string, hint?: string }) | undefined} [error]
 */

/** Numbers that change more often than this cannot be read. The bar moves with every report. */
const TEXT_MS_MIN = 200

/** @type {Partial<Record<State, Action>>} */
const ACTIONS = {
  preparing: 'pause', sending: 'pause', waiting: 'pause', paused: 'resume', failed: 'retry', cancelled: 'retry',
}
/** @type {readonly State[]} */
export const ENDED = ['done', 'failed', 'cancelled']

const CLOSE = 'm7 7 10 10m0-10L7 17'
/** @type {Record<Action, string>} */
const ICONS = {
  pause: 'M9 6v12m6-12v12',
  resume: 'm9 6 9 6-9 6z',
  retry: 'M19 12a7 7 0 1 1-2-5l2 2m0-5v5h-5',
  cancel: CLOSE,
  remove: CLOSE,
}
const FILE = 'M13 4H7v16h10V8zv4h4M10 13h4m-4 3h4'

/**
 * Why it failed, and what to do, in sentences. Where the language has its own words for it, the error's message comes
 * second: it names what was exceeded.
 *
 * @param {Item} item @param {Words} words
 * @returns {[string, string]}
 */
export function reason({ error }, { strings }) {
  const own = strings.errors?.[error?.code ?? '']
  const message = sentence(error?.message)
  return own ? [own, message] : [message, sentence(error?.hint)]
}

/**
 * @param {Item} item is read again each time the row is shown
 * @param {(action: Action) => void} onAction
 */
export function createRow(item, onAction) {
  const name = shownName(item.name)
  const state = make('strong', 'state')
  const detail = make('span', 'detail')
  const fill = make('div', 'fill')
  const bar = make('div', 'bar', { role: 'progressbar' }, fill)
  const error = make('div', 'error')
  const [action, close] = [createButton(), createButton()]
  const title = make('div', 'name', { title: name }, make('bdi', '', {}, name))
  const facts = make('div', 'facts', {}, title, make('div', 'status', {}, state, detail))
  const element = make('li', '', {}, createPreview(item.file), facts, action, close, bar, error)
  let textMs = 0

  function createButton() {
    const button = make('button', 'action', { onclick: () => onAction(/** @type {Action} */ (button.value)) })
    return button
  }

  /** What is true of the phase as long as it lasts. @param {Words} words */
  function enter(words) {
    const { phase } = item
    const ended = ENDED.includes(phase)
    // A button that goes away must not take the focus with it.
    if (!ACTIONS[phase] && action.matches(':focus')) close.focus()
    action.value = ACTIONS[phase] ?? ''
    close.value = ended ? 'remove' : 'cancel'
    for (const button of [action, close]) {
      const does = /** @type {Action} */ (button.value)
      button.hidden = !does
      if (does) {
        button.title = button.ariaLabel = words.named(does, name)
        button.replaceChildren(icon(ICONS[does]))
      }
    }
    element.part.value = element.className = `file ${phase}`
    state.textContent = words.text(phase)
    bar.hidden = ended
    bar.ariaLabel = words.named('sending', name)
    const [why, more] = reason(item, words)
    error.hidden = phase !== 'failed'
    error.replaceChildren(make('strong', 'message', {}, why), ' ', make('span', 'hint', {}, more))
  }

  return {
    element,
    close,

    /** @param {Words} words @param {boolean} [anew] all of it, not what has changed alone */
    show(words, anew) {
      const { phase, progress, size } = item
      const part = progress && size ? progress.loadedBytes / size : 0
      fill.style.width = `${part * 100}%`
      bar.ariaValueNow = String(Math.floor(part * 100))
      anew ||= !element.part.contains(phase)
      if (!anew && performance.now() - textMs < TEXT_MS_MIN) return
      textMs = performance.now()
      if (anew) enter(words)
      detail.textContent = about(item, words).filter(Boolean).join(' · ')
      bar.ariaValueText = `${state.textContent}: ${detail.textContent}`
    },
  }
}

/** A picture or a film lies over the icon; one that cannot be shown uncovers it. @param {File | null} file */
function createPreview(file) {
  const preview = make('div', 'preview', {}, icon(FILE))
  const kind = /^(image|video)/.exec(file?.type ?? '')?.[0]
  if (file && kind) {
    const url = URL.createObjectURL(file)
    const picture = make(kind === 'image' ? 'img' : 'video', 'picture', {
      alt: '',
      ariaHidden: 'true',
      muted: true,
      // Without a moment to show, a film stays black.
      src: `${url}#t=0.1`,
    })
    const free = () => URL.revokeObjectURL(url)
    picture.onload = picture.onloadeddata = free
    picture.onerror = () => {
      picture.remove()
      free()
    }
    preview.append(picture)
  }
  return preview
}

/**
 * @param {{ phase: State, size: number, progress?: Pick<Progress, 'loadedBytes' | 'bytesPerSecond' | 'secondsLeft'> &
 *   { cause?: Error | undefined } | undefined }} item of one file, or of all
 * @param {Words} words
 */
export function about({ phase, progress, size }, { text, bytes, duration }) {
  const total = bytes(size)
  if (!progress || phase === 'finishing' || ENDED.includes(phase)) return [total]
  const { loadedBytes, bytesPerSecond, secondsLeft, cause } = progress
  if (phase === 'waiting') return [navigator.onLine ? sentence(cause?.message) : text('offline')]
  const moving = phase === 'sending' && bytesPerSecond > 0
  return [
    text('share', { loaded: bytes(loadedBytes), total }),
    moving && bytes(bytesPerSecond, '-per-second'),
    moving && secondsLeft && text('left', { time: duration(secondsLeft) }),
  ]
}
