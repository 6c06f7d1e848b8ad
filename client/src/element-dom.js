/**
 * Builds nodes. All that comes from outside (names, messages) enters as text or as a property, never as markup.
 */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string} part the name by which pages style it, and the style sheet too
 * @param {object} [properties]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, part, properties, ...children) {
  const element = Object.assign(document.createElement(tag), { part, className: part }, properties)
  element.append(...children)
  return element
}

/** @param {string} path of lines in a box of 24 by 24 */
export function icon(path) {
  /** @param {string} tag @param {[name: string, value: string]} attribute */
  const drawn = (tag, attribute) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', tag)
    element.setAttribute(...attribute)
    return element
  }
  const svg = drawn('svg', ['viewBox', '0 0 24 24'])
  svg.ariaHidden = 'true'
  svg.append(drawn('path', ['d', path]))
  return svg
}
