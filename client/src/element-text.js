/**
 * What the element says: words and numbers in one language, and names made safe for the eye. Pure.
 */

/** @import { Strings, Values } from './element.js' */
/** @typedef {ReturnType<typeof createWords>} Words */

/** @type {Strings} */
export const en = {
  dropOne: 'Drop a file here, or paste it',
  dropMany: 'Drop files here, or paste them',
  chooseOne: 'Choose a file',
  chooseMany: 'Choose files',
  preparing: 'Preparing',
  sending: 'Uploading',
  waiting: 'Waiting',
  paused: 'Paused',
  finishing: 'Finishing',
  done: 'Uploaded',
  failed: 'Failed',
  cancelled: 'Cancelled',
  pause: 'Pause',
  resume: 'Resume',
  cancel: 'Cancel',
  retry: 'Retry',
  remove: 'Remove',
  named: '{what} {name}',
  offline: 'You are offline.',
  share: '{loaded} of {total}',
  left: '{time} left',
  total: { one: '{done} of {n} file uploaded', other: '{done} of {n} files uploaded' },
  missed: '{n} failed',
  required: 'Choose a file.',
  busy: 'Wait until all is uploaded.',
  incomplete: 'A file has failed: retry or remove it.',
  skipped: 'Not added: {names}.',
  accepted: 'Only {accept} can be added.',
}

/** More names than these are not told. */
const NAMES_MAX = 3

/**
 * The words for a language: its own, else those of its family (`de` for `de-AT`), else English.
 *
 * @param {Readonly<Record<string, Partial<Strings>>>} locales by language
 * @param {string} lang as in HTML
 * @param {Partial<Strings>} [own] take precedence
 */
export function createWords(locales, lang, own) {
  const found = locales[lang] ?? locales[lang.replace(/-.*/, '')]
  const tag = found || own ? known(lang) : 'en'
  /** @type {Strings} */
  const strings = { ...en, ...locales.en, ...found, ...own }

  /** @param {number} value @param {string} unit */
  function measure(value, unit) {
    // `byte` has no plural but in full.
    const unitDisplay = unit === 'byte' ? 'long' : 'short'
    const text = value.toLocaleString(tag, { style: 'unit', unit, unitDisplay, maximumFractionDigits: 1 })
    return text.replace(' ', '\xa0')
  }

  /** @param {Exclude<keyof Strings, 'errors'>} key @param {Values} [values] `n` chooses the plural form */
  function text(key, values = {}) {
    // A text that has no forms has none of these properties.
    const forms = /** @type {any} */ (strings[key])
    const plural = forms.other && new Intl.PluralRules(tag).select(/** @type {number} */ (values.n))
    /** @type {string} */
    const form = forms[plural] ?? forms.other ?? forms
    return form.replace(/\{(\w+)\}/g, (_, name) => values[name]?.toLocaleString(tag) ?? '')
  }

  /** @param {number} value @param {string} [per] */
  function bytes(value, per = '') {
    const scales = ['', 'kilo', 'mega', 'giga', 'tera']
    // 999.96 kB would round to 1,000 kB.
    while (scales[1] && value >= 999.95) {
      value /= 1000
      scales.shift()
    }
    return measure(value, `${scales[0]}byte${per}`)
  }

  /** @param {number} seconds */
  const duration = (seconds) =>
    seconds > 5400
      ? measure(seconds / 3600, 'hour')
      : seconds > 59
        ? measure(Math.ceil(seconds / 60), 'minute')
        : measure(Math.ceil(seconds), 'second')

  return {
    text,
    bytes,
    duration,
    strings,

    /** @param {Exclude<keyof Strings, 'errors'>} key @param {string} name of a file */
    named: (key, name) => text('named', { what: text(key), name: isolated(name) }),

    /** @param {readonly string[]} list */
    names(list) {
      const shown = list.slice(0, NAMES_MAX).map(isolated)
      if (list[NAMES_MAX]) shown.push('…')
      return new Intl.ListFormat(tag, { type: 'unit' }).format(shown)
    },
  }
}

/** @param {string} lang @returns {string | undefined} a language that Intl takes */
function known(lang) {
  try {
    return Intl.getCanonicalLocales(lang)[0]
  } catch {
    return 'en'
  }
}

/**
 * A file's name for the eye. Control characters and those that turn the reading direction are made visible: they serve
 * only to make `photo.exe` look like something else.
 *
 * @param {string} name
 */
export function shownName(name) {
  return name.replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, '\ufffd')
}

/**
 * A name within a sentence: whichever way it is read, the words around it stay where they are.
 *
 * @param {string} name
 */
function isolated(name) {
  return `\u2068${shownName(name)}\u2069`
}

/**
 * An error's message, which begins small and has no full stop, as a sentence of its own. Its backticks mark code.
 *
 * @param {string} [text]
 */
export function sentence(text = '') {
  return (text.charAt(0).toUpperCase() + text.slice(1)).replaceAll('`', '').replace(/[^.!?…。]$/, '$&.')
}

/**
 * Whether a file is one that `accept` names. A file whose type the browser does not know is held against the endings
 * alone, and left to the service where types are listed too.
 *
 * @param {string} accept as of `<input type=file>`: `image/*, .pdf`
 * @param {{ readonly name: string, readonly type: string }} file
 */
export function accepts(accept, { name, type }) {
  const [wanted, file, media] = [accept, name, type].map((text) => text.toLowerCase())
  const tokens = wanted?.match(/[^\s,]+/g)
  return (
    !tokens ||
    tokens.some((one) =>
      one[0] === '.' ? file?.endsWith(one) : !media || media.startsWith(one.replace(/\*.*/, '')),
    )
  )
}
