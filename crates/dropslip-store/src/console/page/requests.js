
// @ts-check
// Shows requests as the store tells them. What is in them comes from anywhere: it becomes
// text and nothing else.

/**
 * A request as the store tells it.
 *
 * @typedef {{
 *   atMs: number, requestId: string, method: string, operation: string | null,
 *   bucket: string | null, key: string | null, caller: string | null,
 *   bytesIn: number | null, bytesOut: number | null, status: number,
 *   code: string | null, message: string | null, explanation: string | null,
 *   fault: string | null, tookMs: number,
 * }} Seen
 */

/** Rows beyond these leave at the end; the store keeps no more either. */
const ROWS_MAX = 500

const rows = byId('rows', HTMLOListElement)
const filter = byId('filter', HTMLInputElement)
const pause = byId('pause', HTMLButtonElement)
const clear = byId('clear', HTMLButtonElement)
const state = byId('state', HTMLElement)
const empty = byId('empty', HTMLElement)

/** What a row shows, for the filter. @type {WeakMap<Element, { seen: Seen, text: string }>} */
const shown = new WeakMap()
/** What has come and is not shown yet, oldest first. @type {Seen[]} */
let waiting = []
let isPaused = false
/** @type {'connecting' | 'live' | 'lost'} */
let connection = 'connecting'

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
function byId(id, type) {
  const found = document.getElementById(id)
  if (!(found instanceof type)) throw new Error(`the page has no ${id}`)
  return found
}

/**
 * An element with a class and a text.
 *
 * @param {string} name
 * @param {string} [className]
 * @param {string} [text]
 */
function element(name, className = '', text = '') {
  const made = document.createElement(name)
  if (className) made.className = className
  if (text) made.textContent = text
  return made
}

// ---- what is told ----

const source = new EventSource(location.href)
source.onopen = () => setConnection('live')
source.onerror = () => setConnection('lost')
source.onmessage = ({ data }) => {
  waiting.push(JSON.parse(data))
  if (waiting.length > ROWS_MAX) waiting.shift()
  if (waiting.length === 1) requestAnimationFrame(show)
  else if (isPaused) showState()
}
source.addEventListener('missed', ({ data }) => {
  state.title = `${data} requests came faster than this page could take them`
})

/** @param {typeof connection} next */
function setConnection(next) {
  connection = next
  showState()
}

function showState() {
  const texts = { connecting: 'Connecting', live: 'Live', lost: 'The store does not answer; trying again' }
  state.classList.toggle('is-live', connection === 'live' && !isPaused)
  state.classList.toggle('is-lost', connection === 'lost')
  const isHeld = isPaused && connection === 'live'
  const count = waiting.length === 1 ? '1 request waits' : `${waiting.length} requests wait`
  const text = isHeld ? `Paused, ${count}` : texts[connection]
  if (state.textContent !== text) state.textContent = text
}

// ---- rows ----

function show() {
  showState()
  if (isPaused) return
  const arrived = waiting
  waiting = []
  rows.prepend(...arrived.map(row).reverse())
  while (rows.childElementCount > ROWS_MAX) rows.lastElementChild?.remove()
  showEmpty()
}

/** @param {Seen} seen */
function row(seen) {
  const item = element('li')
  item.classList.toggle('is-refused', seen.status >= 400 && ![404, 412].includes(seen.status))
  item.classList.toggle('is-odd', seen.status >= 300)
  item.classList.toggle('is-fault', seen.fault !== null)
  const button = element('button', 'row')
  button.setAttribute('type', 'button')
  button.setAttribute('aria-expanded', 'false')
  const operation = element('span', 'operation')
  operation.append(element('b', '', seen.operation ?? seen.method))
  const place = element('span', 'key', placeOf(seen))
  place.title = placeOf(seen)
  button.append(
    element('span', 'time', clockTime(seen.atMs)),
    element('span', 'status', String(seen.status)),
    operation,
    place,
    element('span', 'number soft size', size(carried(seen))),
    element('span', 'number soft', duration(seen.tookMs)),
    element('span', seen.caller ? 'caller' : 'caller soft', seen.caller ?? 'anonymous'),
  )
  button.addEventListener('click', () => toggle(item, button, seen))
  item.append(button)
  const parts = [
    seen.method, seen.operation, placeOf(seen), seen.status, seen.code, seen.message, seen.caller,
    seen.fault, seen.requestId,
  ]
  shown.set(item, { seen, text: parts.join(' ').toLowerCase() })
  item.hidden = !fits(item)
  return item
}

/** @param {HTMLElement} item @param {HTMLElement} button @param {Seen} seen */
function toggle(item, button, seen) {
  const open = item.querySelector('.more')
  button.setAttribute('aria-expanded', String(!open))
  if (open) open.remove()
  else item.append(details(seen))
}

/** @param {Seen} seen */
function details(seen) {
  const more = element('div', 'more')
  if (seen.code) {
    const why = element('p', 'why')
    why.append(element('b', '', seen.code), ` ${seen.message ?? ''}`)
    more.append(why)
  }
  if (seen.fault) {
    const fault = element('p', 'why is-fault')
    fault.append(element('b', '', 'Fault'), ` ${seen.fault}`)
    more.append(fault)
  }
  if (seen.explanation) more.append(element('pre', '', seen.explanation))
  const facts = element('dl')
  /** @type {[string, string | null][]} */
  const pairs = [
    ['When', new Date(seen.atMs).toISOString()],
    ['Method', seen.method],
    ['Bucket', seen.bucket],
    ['Key', seen.key],
    ['Caller', seen.caller ?? 'anonymous, or a signature that did not hold'],
    ['Received', seen.bytesIn === null ? null : `${seen.bytesIn.toLocaleString('en')} bytes`],
    ['Answered', seen.bytesOut === null ? null : `${seen.bytesOut.toLocaleString('en')} bytes`],
    ['Request id', seen.requestId],
  ]
  for (const [name, value] of pairs) {
    if (value !== null) facts.append(element('dt', '', name), element('dd', '', value))
  }
  more.append(facts)
  return more
}

/** @param {Seen} seen */
function placeOf({ bucket, key }) {
  if (bucket === null) return '/'
  return key === null ? bucket : `${bucket}/${key}`
}

/** The bytes of the object that came or went. @param {Seen} seen */
function carried({ method, bytesIn, bytesOut }) {
  return method === 'PUT' || method === 'POST' ? bytesIn : bytesOut
}

/** @param {number} ms */
function clockTime(ms) {
  const time = new Date(ms)
  return `${time.toTimeString().slice(0, 8)}.${Math.floor(time.getMilliseconds() / 100)}`
}

/** @param {number | null} bytes */
function size(bytes) {
  if (bytes === null) return ''
  const units = ['B', 'KiB', 'MiB', 'GiB']
  let unit = 0
  while (bytes >= 1024 && unit < units.length - 1) {
    bytes /= 1024
    unit += 1
  }
  return `${unit && bytes < 100 ? bytes.toFixed(1) : Math.round(bytes)} ${units[unit]}`
}

/** @param {number} ms */
function duration(ms) {
  if (ms >= 10_000) return `${(ms / 1000).toFixed(0)} s`
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`
  return ms >= 10 ? `${ms.toFixed(0)} ms` : `${ms.toFixed(1)} ms`
}

// ---- filter ----

/** @param {Element} item */
function fits(item) {
  const about = shown.get(item)
  if (!about) return true
  const kind = document.querySelector('input[name=kind]:checked')
  const wanted = kind instanceof HTMLInputElement ? kind.value : 'all'
  if (wanted === 'refused' && about.seen.status < 400) return false
  if (wanted === 'faults' && about.seen.fault === null) return false
  return filter.value.toLowerCase().split(/\s+/).every((word) => about.text.includes(word))
}

function refilter() {
  for (const item of rows.children) {
    if (item instanceof HTMLElement) item.hidden = !fits(item)
  }
  showEmpty()
}

function showEmpty() {
  const isAny = rows.childElementCount > 0
  empty.hidden = rows.querySelector('li:not([hidden])') !== null
  empty.textContent = isAny
    ? 'No request fits the filter.'
    : 'Nothing yet. Each request to this store shows here as it is answered.'
}

filter.addEventListener('input', refilter)
for (const kind of document.querySelectorAll('input[name=kind]')) kind.addEventListener('change', refilter)

// ---- buttons and keys ----

pause.addEventListener('click', () => {
  isPaused = !isPaused
  pause.setAttribute('aria-pressed', String(isPaused))
  show()
})

clear.addEventListener('click', () => {
  rows.replaceChildren()
  waiting = []
  show()
})

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  if (event.target === filter) {
    if (event.key === 'Escape') filter.blur()
    if (event.key !== 'ArrowDown') return
  }
  /** @type {Record<string, () => void>} */
  const actions = {
    '/': () => filter.focus(),
    p: () => pause.click(),
    c: () => clear.click(),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
  }
  const isChoosing = event.target instanceof HTMLInputElement && event.target.type === 'radio'
  const action = Object.hasOwn(actions, event.key) ? actions[event.key] : undefined
  if (!action || isChoosing) return
  event.preventDefault()
  action()
})

/** Moves the focus by rows. @param {1 | -1} by */
function move(by) {
  const all = [...rows.querySelectorAll('li:not([hidden]) > .row')]
  const at = all.findIndex((button) => button === document.activeElement)
  const next = all[at === -1 ? 0 : at + by]
  if (next instanceof HTMLElement) next.focus()
  else if (by === -1) filter.focus()
}

showEmpty()
