// Bytes that differ at each place and are the same in every run: a shifted or
// repeated part of an upload shows.

/** `length` bytes from a small generator (xorshift). */
export function bytes(length, seed = 1) {
  const buffer = Buffer.alloc(length)
  let state = seed
  for (let at = 0; at < length; at += 1) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    buffer[at] = state & 0xff
  }
  return buffer
}
