/**
 * Numbers and names in words for a person. Pure.
 *
 * Sizes are in binary units with their own names (KiB, MiB), because the limits of the service are.
 */

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']

/** @param {number} bytes @returns {number} index of the unit that keeps the number below 1024 */
function unitOf(bytes) {
  let unit = 0
  // 1023.96 KiB would round to 1024.0 KiB.
  while (unit < UNITS.length - 1 && Math.round((bytes / 1024 ** unit) * 10) >= 10240) unit += 1
  return unit
}

/** @param {number} bytes */
export function size(bytes) {
  if (bytes === 1) return '1 byte'
  const unit = unitOf(bytes)
  const value = Math.round((bytes / 1024 ** unit) * 10) / 10
  return `${value.toFixed(value >= 100 || Number.isInteger(value) ? 0 : 1)} ${UNITS[unit]}`
}

/**
 * Both in the unit of the total, so the text does not jump: `8.2 of 200 MiB`.
 *
 * @param {number} loadedBytes
 * @param {number} totalBytes
 */
export function share(loadedBytes, totalBytes) {
  const unit = unitOf(totalBytes)
  return `${(loadedBytes / 1024 ** unit).toFixed(unit === 0 ? 0 : 1)} of ${size(totalBytes)}`
}

/** @param {number} bytesPerSecond */
export function rate(bytesPerSecond) {
  return bytesPerSecond > 0 ? `${size(Math.max(1, Math.round(bytesPerSecond)))}/s` : ''
}

/** @param {number | null} seconds */
export function timeLeft(seconds) {
  if (seconds === null || !Number.isFinite(seconds)) return ''
  const s = Math.ceil(seconds)
  if (s < 60) return `${Math.max(1, s)} s left`
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s left`
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min left`
}

/**
 * A file's name for the eye. Control characters and those that turn the reading direction are made visible: they serve
 * only to make `photo.exe` look like something else.
 *
 * @param {string} name
 */
export function shownName(name) {
  return name.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
}

/** @param {string} name @returns {string} up to four letters, or nothing */
export function extension(name) {
  return /[^.]\.([a-z0-9]{1,4})$/i.exec(name)?.[1]?.toUpperCase() ?? ''
}

/** @type {Record<string, string>} */
const KNOWN_TYPES = {
  '*/*': 'any type',
  'image/*': 'any image',
  'video/*': 'any video',
  'audio/*': 'any audio',
  'text/*': 'any text',
  'image/webp': 'WebP',
  'image/svg+xml': 'SVG',
  'video/webm': 'WebM',
  'video/quicktime': 'QuickTime',
  'audio/mpeg': 'MP3',
  'text/plain': 'plain text',
  'application/octet-stream': 'any bytes',
}

/** @param {string} type a type or a wildcard */
export function typeName(type) {
  const known = KNOWN_TYPES[type]
  if (known) return known
  const subtype = /^[a-z]+\/([a-z0-9]{2,5})$/.exec(type)?.[1]
  return subtype ? subtype.toUpperCase() : type
}

/** @param {readonly string[]} types */
export function typeNames(types) {
  const names = types.map(typeName)
  if (names.length === 1 && names[0]) return names[0].replace(/^any/, 'Any')
  return names.length > 5 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(', ')
}

/**
 * A message that begins small and without a full stop, as the field's errors do, as a sentence of its own.
 *
 * @param {string} text
 */
export function sentence(text) {
  const first = text.charAt(0).toUpperCase() + text.slice(1)
  return first === '' || /[.!?…]$/.test(first) ? first : `${first}.`
}
