// Takes requests off the wire, byte for byte: what a parser would tidy up is what
// breaks signatures.

import net from 'node:net'
import http2 from 'node:http2'

const CRLF = Buffer.from('\r\n\r\n')

/** Where a request from a page comes from; the loopback serves that page too. */
export const PAGE = 'http://app.test/'

/**
 * A server that answers 200 to all and keeps what it got. `take()` gives the first
 * request not yet taken; CORS preflights and the page itself are not kept.
 */
export async function open() {
  const kept = []
  const server = net.createServer((socket) => {
    let got = Buffer.alloc(0)
    let told = false
    socket.on('error', () => {})
    socket.on('data', (some) => {
      got = Buffer.concat([got, some])
      const end = got.indexOf(CRLF)
      if (end < 0) return
      const request = read(got.subarray(0, end))
      const value = (name) => request.headers.find(([n]) => n.toLowerCase() === name)?.[1]
      if (value('expect') && !told) {
        told = true
        socket.write('HTTP/1.1 100 Continue\r\n\r\n')
      }
      const body = got.subarray(end + 4)
      const chunked = value('transfer-encoding') === 'chunked'
      if (chunked ? !body.includes('0\r\n\r\n') : body.length < Number(value('content-length') ?? 0)) return
      const page = value('host') === 'app.test'
      if (!page && request.method !== 'OPTIONS') kept.push({ ...request, body: Buffer.from(body) })
      answer(socket, page)
    })
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  return {
    port: server.address().port,
    take() {
      if (kept.length === 0) throw new Error('no request has arrived')
      return kept.shift()
    },
    close: () => server.close(),
  }
}

function answer(socket, page) {
  const body = page ? '<!doctype html><title>app</title>' : ''
  socket.end(
    `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nContent-Type: text/html\r\nETag: "0"\r\n` +
      'Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Methods: *\r\nAccess-Control-Allow-Headers: *\r\n' +
      `Access-Control-Expose-Headers: *\r\nConnection: close\r\n\r\n${body}`,
  )
}

function read(head) {
  const [first, ...lines] = head.toString('latin1').split('\r\n')
  const [, method, target] = first.match(/^(\S+) (.*) HTTP\/1\.[01]$/)
  return { method, ...split(target), headers: lines.map(header) }
}

function split(target) {
  const at = target.indexOf('?')
  return at < 0
    ? { path: target, query: '' }
    : { path: target.slice(0, at), query: target.slice(at + 1) }
}

function header(line) {
  const at = line.indexOf(':')
  const value = line.slice(at + 1).replace(/^[ \t]+|[ \t]+$/g, '')
  // eslint-disable-next-line no-control-regex
  const plain = /^[\x00-\x7f]*$/.test(value)
  return [line.slice(0, at), plain ? value : { base64: Buffer.from(value, 'latin1').toString('base64') }]
}

/** The same over HTTP/2 without TLS; the authority stands as `host`. */
export async function openHttp2() {
  const kept = []
  const server = http2.createServer((request, response) => {
    const headers = []
    for (let at = 0; at < request.rawHeaders.length; at += 2) {
      const [name, value] = [request.rawHeaders[at], request.rawHeaders[at + 1]]
      if (name === ':authority') headers.unshift(['host', value])
      else if (!name.startsWith(':')) headers.push([name, value])
    }
    kept.push({ method: request.method, ...split(request.url), headers })
    request.resume()
    response.end()
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  return { port: server.address().port, take: () => kept.shift(), close: () => server.close() }
}
