// A line that fails: an HTTP proxy in front of one server, with a pace and with faults on demand.
//
// It stands between a browser and the storage or the service. Bytes of bodies pass at one common pace, so that what
// happens in the middle of an upload does so without timers in the page. It knows parts of a multipart upload by their
// query, and keeps account of what was sent and what the storage has answered 200 for.

import { createServer, request as ask } from 'node:http'
import { once } from 'node:events'
import { pipeline } from 'node:stream/promises'

import { Account } from './account.js'
import { Pace } from './pace.js'

/** @typedef {{ seconds: number, retryAfterS?: number }} Burst */

export class Line {
  /** What has passed. */
  account = new Account()
  /** How many requests met each fault; `expired` are also those that the storage itself refused. */
  met = { cut: 0, busy: 0, expired: 0 }

  #target
  #pace
  #server
  /** @type {Set<import('node:net').Socket>} */
  #sockets = new Set()
  #down = false
  #cutsDue = 0
  /** @type {Burst & { until: number } | undefined} */
  #busy
  #expiredBefore = 0
  /** @type {() => void} */
  #moved = () => {}

  /**
   * @param {URL} target where the server is; `point` changes it
   * @param {{ bytesPerSecond?: number, moved?: () => void }} [options] `moved` is told of each piece of a body
   */
  static async open(target, { bytesPerSecond = Infinity, moved = () => {} } = {}) {
    const line = new Line(target, bytesPerSecond)
    line.#moved = moved
    line.#server.listen(0, '127.0.0.1')
    await once(line.#server, 'listening')
    return line
  }

  /**
   * @param {URL} target
   * @param {number} bytesPerSecond
   */
  constructor(target, bytesPerSecond) {
    this.#target = target
    this.#pace = new Pace(bytesPerSecond)
    this.#server = createServer({ keepAliveTimeout: 30_000 }, (request, response) => {
      const { socket } = request
      this.#pass(socket, request, response).catch(() => socket.destroy())
    })
    this.#server.on('connection', (socket) => {
      if (this.#down) {
        socket.resetAndDestroy()
        return
      }
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('error', () => socket.destroy())
    })
  }

  get origin() {
    const { port } = /** @type {import('node:net').AddressInfo} */ (this.#server.address())
    return `http://127.0.0.1:${port}`
  }

  /** @param {URL} target the server has moved */
  point(target) {
    this.#target = target
  }

  /** The connection that carries the next piece of a body is cut in the middle of that body. */
  cut() {
    this.#cutsDue += 1
  }

  /**
   * From now on, and for so long, parts are answered 503.
   *
   * @param {Burst} burst
   */
  busy({ seconds, ...rest }) {
    this.#busy = { seconds, ...rest, until: Date.now() + 1000 * seconds }
  }

  /** Whatever was signed before this second is answered as S3 answers addresses that have expired. */
  expire() {
    this.#expiredBefore = Math.floor(Date.now() / 1000) * 1000
  }

  /** All connections are cut, and none is taken until `up`. */
  down() {
    this.#down = true
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  up() {
    this.#down = false
  }

  async close() {
    this.#server.close()
    this.down()
    if (this.#server.listening) await once(this.#server, 'close')
  }

  /**
   * @param {import('node:net').Socket} socket
   * @param {import('node:http').IncomingMessage} request
   * @param {import('node:http').ServerResponse} response
   */
  async #pass(socket, request, response) {
    const part = partOf(request)
    const refusal = part && this.#refusal(part)
    if (refusal) {
      this.account.refuse(part.number)
      await this.#refuse(request, response, refusal)
      return
    }
    const { hostname, port } = this.#target
    const { method, url: path } = request
    // A connection for each request: one that is kept might have ended just when it is used again.
    const onward = ask({ hostname, port, method, path, headers: pairs(request), agent: false, setHost: false })
    const answered = new Promise((resolve) => {
      onward.on('response', resolve)
      onward.on('close', () => resolve(undefined))
      onward.on('error', () => resolve(undefined))
    })
    const sending = part && this.account.begin(part.number, Number(request.headers['content-length'] ?? 0))
    const isWhole = await this.#carry(socket, request, onward, sending)
    if (!isWhole) onward.destroy()
    const answer = await answered
    if (part && answer?.statusCode === 403) this.met.expired += 1
    if (isWhole && answer?.statusCode === 200) sending?.accepted()
    else sending?.lost()
    if (!isWhole || !answer) {
      socket.destroy()
      return
    }
    response.writeHead(answer.statusCode, pairs(answer))
    await pipeline(answer, response)
  }

  /**
   * Brings a body on, piece by piece at the common pace.
   *
   * @returns {Promise<boolean>} whether all of it came
   */
  async #carry(socket, request, onward, sending) {
    try {
      for await (const piece of request) {
        await this.#pace.take(piece.length)
        sending?.sent(piece.length)
        this.#moved()
        if (sending?.isInside && this.#cutsDue > 0) {
          this.#cutsDue -= 1
          this.met.cut += 1
          socket.resetAndDestroy()
          return false
        }
        if (!onward.destroyed && !onward.write(piece)) await drained(onward)
      }
    } catch {
      return false // The browser is gone.
    }
    onward.end()
    return true
  }

  #refusal({ signedAtMs }) {
    if (this.#busy && Date.now() < this.#busy.until) {
      this.met.busy += 1
      const { retryAfterS } = this.#busy
      const headers = retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) }
      return { status: 503, headers, code: 'SlowDown', message: 'Please reduce your request rate.' }
    }
    if (signedAtMs < this.#expiredBefore) {
      this.met.expired += 1
      return { status: 403, headers: {}, code: 'AccessDenied', message: 'Request has expired' }
    }
    return undefined
  }

  /** Answers at once, as S3 does, and takes what the browser sends nevertheless. */
  async #refuse(request, response, { status, headers, code, message }) {
    response.writeHead(status, {
      ...headers,
      'content-type': 'application/xml',
      'access-control-allow-origin': request.headers.origin ?? '*',
      'access-control-expose-headers': 'ETag, Location, Retry-After, x-amz-request-id',
      vary: 'Origin',
    })
    response.end(`<Error><Code>${code}</Code><Message>${message}</Message></Error>`)
    for await (const piece of request) {
      await this.#pace.take(piece.length)
      this.account.sentBytes += piece.length
    }
  }
}

/** Resolves once more can be written, or nothing more ever. */
function drained(stream) {
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done).off('close', done)
      resolve(undefined)
    }
    stream.on('drain', done).on('close', done)
  })
}

/** The part that a request is about, and when its address was signed. */
function partOf({ method, url }) {
  if (method !== 'PUT') return undefined
  const query = new URL(url, 'http://x').searchParams
  const number = Number(query.get('partNumber'))
  if (!number) return undefined
  const [, ...at] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query.get('X-Amz-Date') ?? '') ?? []
  const [year, month, ...rest] = at.map(Number)
  return { number, signedAtMs: at.length ? Date.UTC(year, month - 1, ...rest) : Infinity }
}

/** Headers as they came, those of the connection itself left out. */
function pairs({ rawHeaders }) {
  const own = ['connection', 'keep-alive']
  const kept = []
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (!own.includes(rawHeaders[at].toLowerCase())) kept.push(rawHeaders[at], rawHeaders[at + 1])
  }
  return kept
}
