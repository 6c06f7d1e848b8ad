// What a page of an application does with Uppy. Tests call it by `window.page`.

/** Bytes that differ at each place: the same generator as recipes/lib/bytes.js, four at a time. */
function bytes(length, seed) {
  const words = new Uint32Array(Math.ceil(length / 4))
  let state = seed
  for (let at = 0; at < words.length; at += 1) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    words[at] = state
  }
  return new Uint8Array(words.buffer, 0, length)
}

async function hash(blob) {
  const digest = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer())
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Options of a plugin from data; `signRequest` is that of docs/guide/uppy.md. */
function withFunctions({ sign, preset, multipart, chunk, ...options }) {
  if (multipart !== undefined) options.shouldUseMultipart = multipart
  if (chunk !== undefined) options.getChunkSize = () => chunk
  if (!sign) return options
  const signRequest = async (request) => {
    const response = await fetch(sign, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...request, preset }),
    })
    const answer = await response.json()
    if (!response.ok) throw new Error(answer.message)
    return answer
  }
  return { ...options, signRequest }
}

window.page = {
  /**
   * Adds a file and begins; `result` waits for the end. `kept` is what Golden Retriever has of an upload that was
   * begun before.
   */
  begin({ options, meta = {}, name, type, size, seed = 1, kept }) {
    const { AwsS3, Uppy } = window.uppy
    const seen = { parts: [], said: [] }
    const uppy = new Uppy({ meta })
    uppy.use(AwsS3, withFunctions(options))
    uppy.on('s3-multipart:part-uploaded', (_file, part) => seen.parts.push(part.PartNumber))
    uppy.on('info-visible', () => seen.said.push(...uppy.getState().info.map(({ message, details }) => `${message} ${details ?? ''}`)))
    const file = new File([bytes(size, seed)], name, { type })
    const id = uppy.addFile({ name, type, data: file })
    if (kept) uppy.setFileState(id, { s3Multipart: kept })
    Object.assign(this, { uppy, seen, id, file, outcome: uppy.upload() })
  },

  /** How it ended, as data. */
  async result() {
    const { successful, failed } = (await this.outcome) ?? { successful: [], failed: [] }
    const [done] = successful
    return {
      hash: await hash(this.file),
      seen: this.seen,
      url: done?.uploadURL,
      body: done?.response?.body,
      error: failed[0]?.error,
    }
  },

  /** Resolves once so many parts have arrived. */
  async parts(count) {
    while (this.seen.parts.length < count) await new Promise((resolve) => this.uppy.once('s3-multipart:part-uploaded', resolve))
  },
}
