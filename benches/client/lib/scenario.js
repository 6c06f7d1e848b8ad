// What happens during an upload, and when: pure, and the same for each client.
//
// Each event is due at a share of the file, by what the storage has accepted or has on its way.

/** @typedef {'cut' | 'busy' | 'expire' | 'offline' | 'reload' | 'restart'} Kind */
/** @typedef {{ at: number, kind: Kind, seconds?: number, retryAfterS?: number }} Event */

/** The whole day: 28 events. With another seed connections are cut elsewhere. */
export const full = (offlineS = 60, seed = 1) => [
  ...cuts(20, seed),
  { at: 0.12, kind: 'busy', seconds: 2 },
  { at: 0.22, kind: 'reload' },
  { at: 0.31, kind: 'expire' },
  { at: 0.42, kind: 'busy', seconds: 4, retryAfterS: 2 },
  { at: 0.52, kind: 'offline', seconds: offlineS },
  { at: 0.63, kind: 'reload' },
  { at: 0.74, kind: 'restart', seconds: 2 },
  { at: 0.84, kind: 'busy', seconds: 6, retryAfterS: 3 },
].sort(byPlace)

/** Each kind of event, for a test. */
export const short = () => [
  ...cuts(4, 1),
  { at: 0.2, kind: 'busy', seconds: 2, retryAfterS: 1 },
  { at: 0.35, kind: 'reload' },
  { at: 0.5, kind: 'expire' },
  { at: 0.6, kind: 'offline', seconds: 3 },
  { at: 0.8, kind: 'restart', seconds: 1 },
].sort(byPlace)

const byPlace = (one, other) => one.at - other.at

/** @param {number} count @param {number} seed @returns {Event[]} */
function cuts(count, seed) {
  const random = randomOf(seed)
  return Array.from({ length: count }, () => ({ at: 0.02 + 0.95 * random(), kind: 'cut' }))
}

/** Numbers from 0 to 1 that only look random: xorshift. */
function randomOf(seed) {
  let state = seed * 0x9e3779b9 | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
