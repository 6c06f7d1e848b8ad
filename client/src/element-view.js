/**
 * What stands around the files: the place to drop, the button, the list, and the region that is read aloud.
 */

import { styleSheet } from './element-style.js'
import { make } from './element-dom.js'

/** What happens within this time is read aloud together. */
const SAY_MS = 700
/** More sentences than these are not read, but the total. */
const SAY_MAX = 3

/** @param {HTMLElement} host @param {Partial<GlobalEventHandlers>} handlers of what happens anywhere on it */
export function createView(host, handlers) {
  const root = host.attachShadow({ mode: 'open', delegatesFocus: true })
  const input = make('input', '', { type: 'file', hidden: true })
  const drop = make('div', 'drop')
  const choose = make('button', 'choose')
  const zone = make('div', 'zone', { onclick: () => input.click() }, drop, choose)
  const note = make('div', 'note', {}, make('slot', ''))
  const notice = make('div', 'notice', { role: 'status' })
  const total = make('div', 'total')
  const list = make('ul', 'list', { role: 'list' })
  const live = make('div', 'live', { role: 'status' })
  // Disables all that is in it.
  const base = make('fieldset', 'base', { role: 'none', ...handlers }, zone, input, note, notice, total, list, live)
  /** @type {(string | null)[]} */
  let unsaid = []

  root.adoptedStyleSheets = [styleSheet()]
  root.append(base)
  return {
    base, zone, drop, choose, input, notice, total, list,

    /** Has sentences read aloud, soon. @param {...string} texts */
    say(...texts) {
      if (unsaid.push(texts.filter(Boolean).join('. ')) > 1) return
      setTimeout(() => {
        live.textContent = (unsaid.length > SAY_MAX ? [total.textContent] : unsaid).join('. ')
        unsaid = []
      }, SAY_MS)
    },
  }
}
