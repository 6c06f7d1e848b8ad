/**
 * `<dropslip-upload>`: a field of a form whose value is the key, or the keys, of what has been uploaded.
 *
 * This file has what pages and forms see: attributes, value, validity, events. `element-view` and `element-row` show
 * it, `element-files` reads what is dropped, and the core does the uploads.
 */

/** @import { Strings } from './element.js' */
/** @import { Progress, Upload, UploadOptions } from './types.js' */
/** @import { Found } from './element-files.js' */
/** @import { Action, Item } from './element-row.js' */
/**
 * @typedef {Item & { row: ReturnType<typeof createRow>, upload?: Upload, control?: AbortController | undefined }}
 *   Listed `control` is there from the start of an upload to its end
 * @typedef {{ name: string, preset: string, endpoint: string, accept: string, multiple: boolean, required: boolean,
 *   disabled: boolean, directory: boolean, headers: UploadOptions['headers'],
 *   metadata: UploadOptions['metadata'] | ((file: File, path: string) => UploadOptions['metadata']) }} Properties
 *   those that are no attributes are the page's alone: a field of the class would undo what was set before it
 */

import { createQueue, upload, UploadError } from './dropslip.js'
import { createView } from './element-view.js'
import { accepts, createWords } from './element-text.js'
import { about, createRow, ENDED, reason } from './element-row.js'
import { filesOf } from './element-files.js'

/** Further files wait for their turn, so that none is issued long before its bytes travel. */
const ACTIVE_MAX = 4

const TEXTS = ['name', 'preset', 'endpoint', 'accept']
const FLAGS = ['multiple', 'required', 'disabled', 'directory']
/** What every field of a form has. */
const FORM = ['form', 'labels', 'validity', 'validationMessage', 'willValidate', 'checkValidity', 'reportValidity']

/** @type {Record<string, Partial<Strings>>} */
const locales = {}
/** @type {Set<DropslipUploadElement>} those in a page */
const present = new Set()

/** Where pages are rendered there is no such class, and the module is imported all the same. */
const Base = /** @type {new () => HTMLElement & Properties} */ (globalThis.HTMLElement ?? class {})

export class DropslipUploadElement extends Base {
  static formAssociated = true
  static observedAttributes = [...TEXTS, ...FLAGS, 'lang']

  /** @param {Readonly<Record<string, Partial<Strings>>>} more */
  static addLocales(more) {
    for (const lang in more) locales[lang] = { ...locales[lang], ...more[lang] }
    for (const element of present) element.#refresh()
  }

  #internals = this.attachInternals()
  #view = createView(this, {
    onpaste: (event) => this.#take(event, event.clipboardData, true),
    ondrop: (event) => this.#take(event, event.dataTransfer, true),
    ondragover: (event) => this.#take(event, event.dataTransfer),
    ondragleave: (event) => this.#take(event, null),
  })
  #queue = createQueue()
  #words = createWords(locales, 'en')
  /** @type {Listed[]} */
  #items = []
  /** @type {Partial<Strings> | undefined} */
  #strings
  #custom = ''
  #keys = ''

  constructor() {
    super()
    const { input, zone } = this.#view
    const internals = /** @type {any} */ (this.#internals)
    internals.role = 'group'
    for (const name of FORM) {
      Object.defineProperty(this, name, { get: () => internals[name]?.bind?.(internals) ?? internals[name] })
    }
    input.onchange = () => {
      this.add(input.files ?? [])
      input.value = ''
    }
    // A label of the page clicks the element itself.
    this.addEventListener('click', (event) => event.composedPath()[0] === this && zone.click())
  }

  // ---- the life of an element ----

  connectedCallback() {
    present.add(this)
    // What was set before the module arrived lies in front of the accessors.
    for (const name of [...TEXTS, ...FLAGS, 'strings']) {
      if (!Object.hasOwn(this, name)) continue
      const early = /** @type {any} */ (this)
      const value = early[name]
      delete early[name]
      early[name] = value
    }
    this.#refresh()
  }

  disconnectedCallback() {
    present.delete(this)
    // An element that is moved leaves for a moment only.
    setTimeout(() => {
      if (this.isConnected) return
      for (const item of this.#items) if (!ENDED.includes(item.phase)) this.#act(item, 'cancel')
    })
  }

  attributeChangedCallback() {
    this.#refresh()
  }

  /** @param {boolean} disabled by itself or by a fieldset */
  formDisabledCallback(disabled) {
    this.#view.base.disabled = disabled
  }

  formResetCallback() {
    this.clear()
  }

  /** @param {string} state */
  formStateRestoreCallback(state) {
    for (const [name, uploaded] of JSON.parse(state)) {
      this.#list({ file: null, name, size: uploaded.size, phase: 'done', uploaded })
    }
    this.#settle()
  }

  // ---- what pages use ----

  /** @param {string} message */
  setCustomValidity(message) {
    this.#custom = message
    this.#settle()
  }

  get strings() {
    return this.#strings
  }

  set strings(strings) {
    this.#strings = strings
    this.#refresh()
  }

  get value() {
    return this.values[0] ?? ''
  }

  get values() {
    return this.#items.flatMap(({ uploaded }) => uploaded?.key ?? [])
  }

  get files() {
    return this.#items.map(({ row, upload, control, ...shown }) => shown)
  }

  /** @param {Iterable<File>} files */
  add(files) {
    this.#add({ files: [...files].map((file) => [file, file.webkitRelativePath || file.name]), skipped: [] })
  }

  clear() {
    while (this.#items[0]) this.#remove(this.#items[0])
    this.#view.notice.textContent = ''
    this.#settle()
  }

  // ---- files ----

  /** @param {Event} event @param {DataTransfer | null} transfer @param {boolean} [dropped] not only dragged over it */
  async #take(event, transfer, dropped = false) {
    const { base, zone } = this.#view
    const takes = !base.disabled && !!transfer?.types.includes('Files')
    zone.part.toggle('over', takes && !dropped)
    if (takes) event.preventDefault()
    if (takes && dropped) this.#add(await filesOf(/** @type {DataTransfer} */ (transfer)))
  }

  /** @param {Found} found */
  #add({ files, skipped }) {
    const { accept, multiple } = this
    const { text, names, named } = this.#words
    let [why, free] = ['', true]
    for (const [file, name] of files) {
      if (!accepts(accept, file)) {
        why = text('accepted', { accept })
        skipped.push(name)
        this.#emit('error', { file, error: new UploadError('type_not_accepted', why) })
      } else if (free) {
        free = multiple
        // As in a file input, a new choice takes the place of the one before.
        if (!multiple && this.#items[0]) this.#remove(this.#items[0])
        this.#list({ file, name, size: file.size, phase: 'preparing' })
        this.#view.say(named('sending', name))
      } else skipped.push(name)
    }
    this.#view.notice.textContent = skipped[0] ? `${text('skipped', { names: names(skipped) })} ${why}` : ''
    this.#settle()
  }

  /** @param {Item} item */
  #list(item) {
    const row = createRow(item, (action) => this.#act(listed, action))
    const listed = Object.assign(item, { row })
    this.#items.push(listed)
    this.#view.list.append(row.element)
    this.#show(listed)
  }

  /** @param {Listed} item @param {boolean} [anew] */
  #show(item, anew = true) {
    item.row.show(this.#words, anew)
  }

  /** @param {Listed} item */
  #giveUp(item) {
    item.control?.abort()
    item.control = undefined
  }

  /** @param {Listed} item */
  #remove(item) {
    const { element } = item.row
    const at = this.#items.indexOf(item)
    const hadFocus = element.matches(':focus-within')
    this.#giveUp(item)
    this.#items.splice(at, 1)
    element.remove()
    if (hadFocus) ((this.#items[at] ?? this.#items.at(-1))?.row.close ?? this.#view.choose).focus()
  }

  /** @param {Listed} item @param {Action} action */
  #act(item, action) {
    if (action === 'remove') this.#remove(item)
    else {
      item.phase = action === 'pause' ? 'paused' : action === 'cancel' ? 'cancelled' : 'preparing'
      if (action === 'cancel') this.#giveUp(item)
      // One that waits for its turn is held back, or let go, by its phase alone.
      else if (item.control) item.upload?.[/** @type {'pause' | 'resume'} */ (action)]()
      this.#show(item)
    }
    this.#settle()
  }

  /** @param {Listed} item */
  #start(item) {
    const { preset, endpoint, headers, metadata } = this
    const file = /** @type {File} */ (item.file)
    const control = (item.control = new AbortController())
    /** @template T @param {(value: T) => void} then @returns {(value: T) => void} not after it was given up */
    const still = (then) => (value) => item.control === control && then(value)
    item.progress = item.error = undefined
    item.upload = upload(file, {
      preset,
      headers,
      endpoint: endpoint || undefined,
      metadata: typeof metadata === 'function' ? metadata(file, item.name) : metadata,
      queue: this.#queue,
      signal: control.signal,
      onProgress: still((progress) => this.#progress(item, progress)),
    })
    item.upload.then(
      still((uploaded) => this.#end(item, { phase: 'done', uploaded }, 'done', { file, ...uploaded })),
      still((error) => this.#end(item, { phase: 'failed', error }, 'error', { file, error })),
    )
  }

  /** @param {Listed} item @param {Partial<Item>} end @param {string} event @param {object} detail */
  #end(item, end, event, detail) {
    Object.assign(item, end, { control: undefined })
    this.#show(item)
    this.#settle()
    this.#view.say(this.#words.named(item.phase, item.name), reason(item, this.#words)[0])
    this.#emit(event, detail)
  }

  /** @param {Listed} item @param {Progress} progress */
  #progress(item, progress) {
    item.phase = progress.phase
    item.progress = progress
    this.#show(item, false)
    this.#total()
    this.#emit('progress', { file: item.file, progress })
  }

  /** @param {string} name @param {object} detail */
  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(`dropslip-${name}`, { bubbles: true, detail }))
  }

  // ---- what follows from it ----

  /** Language, attributes or what stands around the element have changed. */
  #refresh() {
    const { choose, drop, input } = this.#view
    const { accept, multiple, directory } = this
    const lang = /** @type {HTMLElement | null} */ (this.closest('[lang]'))?.lang
    const { text } = (this.#words = createWords(locales, lang || 'en', this.#strings))
    drop.textContent = text(multiple ? 'dropMany' : 'dropOne')
    choose.textContent = text(multiple ? 'chooseMany' : 'chooseOne')
    Object.assign(input, { accept, multiple, webkitdirectory: directory })
    for (const item of this.#items) this.#show(item)
    this.#settle()
  }

  /** After each change of the list or of a phase: begins what may begin, and tells the form. */
  #settle() {
    let free = ACTIVE_MAX - this.#items.filter((item) => item.control && item.phase !== 'paused').length
    for (const item of this.#items) if (item.phase === 'preparing' && !item.control && free-- > 0) this.#start(item)
    this.#total()
    this.#tellForm()
  }

  /** Tells of all files together, where there are several. */
  #total() {
    const { text } = this.#words
    let [size, loaded, rate, failed] = [0, 0, 0, 0]
    for (const item of this.#items) {
      const { loadedBytes = 0, bytesPerSecond = 0 } = item.progress ?? {}
      if (item.phase === 'failed') failed += 1
      else if (item.phase !== 'cancelled') {
        size += item.size
        loaded += item.uploaded ? item.size : loadedBytes
        if (item.phase === 'sending') rate += bytesPerSecond
      }
    }
    const progress = { loadedBytes: loaded, bytesPerSecond: rate, secondsLeft: (size - loaded) / rate }
    this.#view.total.hidden = !this.#items[1]
    this.#view.total.textContent = [
      text('total', { done: this.values.length, n: this.#items.length }),
      failed && text('missed', { n: failed }),
      ...about({ phase: loaded < size ? 'sending' : 'done', size, progress }, this.#words),
    ]
      .filter(Boolean)
      .join(' · ')
  }

  /** Value, validity and events. */
  #tellForm() {
    const { name, multiple, value, values } = this
    const { text } = this.#words
    const phases = this.#items.map(({ phase }) => phase)
    const valueMissing = this.required && !value
    const custom = !phases.every((phase) => ENDED.includes(phase))
      ? text('busy')
      : phases.includes('failed')
        ? text('incomplete')
        : this.#custom
    const message = custom || (valueMissing ? text('required') : '')
    this.#internals.setValidity({ customError: !!custom, valueMissing }, message, this.#view.choose)

    const state = this.#items.flatMap(({ name, uploaded }) => (uploaded ? [[name, uploaded]] : []))
    const data = new FormData()
    if (name) for (const one of values) data.append(name, one)
    this.#internals.setFormValue(multiple ? data : value || null, JSON.stringify(state))
    const keys = values.join('\n')
    if (this.#keys === keys) return
    this.#keys = keys
    for (const type of ['input', 'change']) this.dispatchEvent(new Event(type, { bubbles: true }))
  }
}

for (const name of [...TEXTS, ...FLAGS]) {
  const flag = FLAGS.includes(name)
  Object.defineProperty(DropslipUploadElement.prototype, name, {
    /** @this {HTMLElement} */
    get() {
      return flag ? this.hasAttribute(name) : (this.getAttribute(name) ?? '')
    },
    /** @this {HTMLElement} @param {any} value */
    set(value) {
      if (flag) this.toggleAttribute(name, !!value)
      else this.setAttribute(name, value)
    },
  })
}
