/**
 * Two small helpers for the page's elements.
 */

/**
 * The element that must be there: the page's own markup is no outside input.
 *
 * @param {ParentNode} root
 * @param {string} selector
 */
export function find(root, selector) {
  const found = root.querySelector(selector)
  if (!found) throw new Error(`the page has no \`${selector}\``)
  return /** @type {HTMLElement} */ (found)
}

/**
 * Sets a text in which backticks mark code, as the service's messages do. Never reads markup.
 *
 * @param {HTMLElement} element
 * @param {string} text
 */
export function writeMessage(element, text) {
  const parts = text.split(/`([^`]*)`/).map((part, at) => {
    if (at % 2 === 0) return part
    const code = document.createElement('code')
    code.textContent = part
    return code
  })
  element.replaceChildren(...parts)
}
