/**
 * Which preset takes a file. Pure.
 *
 * The service decides in the end; this only chooses whom to ask when the person left it open.
 */

/**
 * @typedef {object} Preset
 * @property {string} name
 * @property {string[]} accept types and wildcards, lower case
 * @property {number} maxSize
 * @property {number} minSize
 * @property {boolean} public
 */

/** @param {Preset} preset */
function isCatchAll({ accept }) {
  return accept.length === 0 || accept.includes('*/*') || accept.includes('*')
}

/**
 * @param {Preset} preset
 * @param {string} type a file's type, possibly empty
 */
export function accepts(preset, type) {
  if (isCatchAll(preset)) return true
  const essence = (type.split(';')[0] ?? '').trim().toLowerCase()
  const top = essence.slice(0, essence.indexOf('/') + 1)
  return preset.accept.some((pattern) => pattern === essence || pattern === `${top}*`)
}

/**
 * The first that accepts the type, one that accepts anything only when no other does.
 *
 * @param {readonly Preset[]} presets in the order of the configuration
 * @param {string} type
 */
export function automatic(presets, type) {
  return presets.find((p) => !isCatchAll(p) && accepts(p, type)) ?? presets.find(isCatchAll)
}

/**
 * Reads the answer of `GET /v1/presets`.
 *
 * @param {unknown} answer
 * @returns {Preset[] | undefined} `undefined` when it is something else
 */
export function parsePresets(answer) {
  const { presets } = /** @type {{ presets?: unknown }} */ (answer ?? {})
  if (!Array.isArray(presets)) return undefined
  const whole = presets.every((p) => typeof p?.name === 'string' && Array.isArray(p.accept) && p.maxSize >= 0)
  return whole ? presets : undefined
}
