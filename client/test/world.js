/**
 * A service and a storage in memory, behind `fetch`: what an upload needs of the world, and what can go wrong there.
 */

import { mock } from 'node:test'

export const ENDPOINT = 'https://app.example/v1/uploads'
const STORAGE = 'https://s3.example/bucket/'

/**
 * @typedef {{ method: string, url: URL, body: any, headers: Headers, name: string }} Seen `name` is as `PUT part 3`
 *
 * @param {{ partSize?: number, checksum?: string, post?: boolean, expiresIn?: number }} [preset] without `partSize` it is one PUT
 */
export function startWorld({ partSize, checksum, post, expiresIn = 900 } = {}) {
  /** @type {Map<string, { size: number, parts: Map<number, Buffer>, state: string, whole?: Buffer, sums: Map<number, string> }>} */
  const uploads = new Map()
  /** @type {Seen[]} */
  const seen = []
  /** Each may answer in the place of the world, or throw. @type {((seen: Seen) => any)[]} */
  const faults = []
  /** How often addresses were signed: those of an earlier time may be refused. */
  let signed = 0

  const json = (body, status = 200, headers = {}) =>
    new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } })
  const problem = (status, code, more = {}) => json({ code, status, detail: `it is ${code}`, hint: `mend ${code}`, ...more }, status)
  const address = (id, number = '') => `${STORAGE}${id}?partNumber=${number}&signed=${signed}&X-Amz-Signature=secret`
  const sign = (id, numbers) => {
    signed += 1
    return numbers.map((number) => ({ number, url: address(id, number), headers: {} }))
  }
  const whole = (id) => {
    signed += 1
    const headers = { 'content-type': 'text/plain' }
    return post ? { post: { url: address(id), fields: { key: id } } } : { put: { url: address(id), headers } }
  }
  const numbers = (size) => Array.from({ length: Math.max(1, Math.ceil(size / Number(partSize))) }, (_, i) => i + 1)

  function issue({ body }) {
    if (checksum && !partSize && !body.checksum) return problem(422, 'checksum_required', { algorithm: checksum })
    const id = `id/${uploads.size + 1}`
    uploads.set(id, { size: body.size, parts: new Map(), state: 'issued', sums: new Map() })
    const base = { id, bucket: 'bucket', key: `key-${id}`, expiresIn }
    if (!partSize) return json({ ...base, mode: 'put', ...whole(id) }, 201)
    const parts = checksum ? [] : sign(id, numbers(body.size).slice(0, 2))
    return json({ ...base, mode: 'multipart', multipart: { partSize, parts, ...(checksum && { checksum }) } }, 201)
  }

  function read(upload) {
    const parts = [...upload.parts].map(([number, { length }]) => ({ number, size: length, etag: 'x' }))
    const multipart = partSize && upload.state === 'issued' ? { partSize, parts, ...(checksum && { checksum }) } : undefined
    return json({ state: upload.state, bucket: 'bucket', key: 'key', multipart })
  }

  function complete(id, upload) {
    const have = partSize ? [...upload.parts].sort(([a], [b]) => a - b).map(([, bytes]) => bytes) : [upload.whole]
    const bytes = Buffer.concat(have.filter(Boolean))
    if (have.includes(undefined) || bytes.length !== upload.size) return problem(409, 'not_uploaded')
    upload.state = 'completed'
    upload.bytes = bytes
    return json({ key: `key-${id}`, size: bytes.length, contentType: 'text/plain', etag: 'x' })
  }

  function service(request) {
    const [, id, action] = /^\/v1\/uploads(?:\/([^/]+))?(?:\/(\w+))?$/.exec(request.url.pathname) ?? []
    if (request.url.pathname === '/v1/diagnose') return json({ code: 'file_or_network', detail: '', hint: 'a hint', retry: true })
    if (!id) return issue(request)
    const name = decodeURIComponent(id)
    const upload = uploads.get(name)
    if (!upload) return problem(404, 'invalid_upload_id')
    if (request.method === 'DELETE') upload.state = 'aborted'
    if (request.method === 'DELETE') return new Response(null, { status: 204 })
    if (action === 'complete') return complete(name, upload)
    if (request.method === 'GET') return read(upload)
    if (!partSize) return json({ expiresIn, ...whole(name) })
    for (const part of request.body.parts) upload.sums.set(part.number, part.checksum)
    return json({ expiresIn, parts: sign(name, request.body.parts.map(({ number }) => number)) })
  }

  async function storage({ url, body }) {
    const upload = uploads.get(decodeURIComponent(url.pathname.slice('/bucket/'.length)))
    const bytes = Buffer.from(await (body instanceof FormData ? body.get('file') : body).arrayBuffer())
    const number = Number(url.searchParams.get('partNumber'))
    if (number) upload?.parts.set(number, bytes)
    else Object.assign(upload ?? {}, { whole: bytes, state: 'stored' })
    return new Response('', { status: 200 })
  }

  async function answer(input, init = {}) {
    init.signal?.throwIfAborted()
    const url = new URL(input)
    const isStorage = url.href.startsWith(STORAGE)
    const part = url.searchParams.get('partNumber')
    const method = init.method ?? 'GET'
    const name = `${method} ${isStorage ? (part ? `part ${part}` : 'whole') : url.pathname.replace(/^\/v1\//, '')}`
    const body = typeof init.body === 'string' ? JSON.parse(init.body) : init.body
    const request = { method, url, body, headers: new Headers(init.headers), name }
    seen.push(request)
    for (const fault of faults) {
      const given = await fault(request)
      if (given === HANG) return hang(init.signal)
      if (given) return given
    }
    init.signal?.throwIfAborted()
    return isStorage ? storage(request) : service(request)
  }

  const fetched = mock.method(globalThis, 'fetch', answer)
  // No jitter, so no wait.
  const chance = mock.method(Math, 'random', () => 0)
  return {
    uploads,
    seen,
    names: () => seen.map(({ name }) => name.replaceAll(/id%2F\d+/g, 'ID')),
    problem,
    json,
    /** @param {(seen: Seen) => any} fault */
    fault: (fault) => faults.push(fault),
    /** The first requests with this name fail, each in its own way. @param {string} name @param {(() => any)[]} ways */
    fail(name, ...ways) {
      faults.push((request) => (request.name.replaceAll(/id%2F\d+/g, 'ID') === name ? ways.shift()?.() : undefined))
    },
    end() {
      fetched.mock.restore()
      chance.mock.restore()
    },
  }
}

/** The request is taken, and nothing comes of it until it is aborted. */
export const HANG = Symbol('hang')

/** @param {AbortSignal | null | undefined} signal */
function hang(signal) {
  return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
}

/** How `fetch` fails without an answer. */
export function noAnswer() {
  throw new TypeError('fetch failed')
}

/** @param {number} status @param {string} code */
export function s3Error(status, code) {
  return () => new Response(`<Error><Code>${code}</Code><Message>why</Message></Error>`, { status })
}
