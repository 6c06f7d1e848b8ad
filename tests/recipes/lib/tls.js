// TLS in front of a store: SDKs send other bodies over https, signed less, with
// trailers. The certificate is made for one run; nobody trusts it but who is told to.

import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Listens on a free port and passes all bytes on.
 *
 * @param {number} port where the store listens
 * @returns {Promise<{endpoint: string, certificate: string, close: () => Promise<void>}>}
 *   `certificate` is the file that a client has to trust
 */
export async function startTls(port) {
  const folder = await mkdtemp(join(tmpdir(), 'dropslip-tls-'))
  const [key, certificate] = ['key.pem', 'certificate.pem'].map((name) => join(folder, name))
  await run('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1',
    '-keyout', key, '-out', certificate,
  ])
  const sockets = new Set()
  const server = createServer({ key: await readFile(key), cert: await readFile(certificate) }, (outer) => {
    const inner = connect(port, '127.0.0.1')
    for (const [socket, other] of [[outer, inner], [inner, outer]]) {
      sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => sockets.delete(socket))
      socket.pipe(other)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `https://localhost:${server.address().port}`,
    certificate,
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
      await rm(folder, { recursive: true })
    },
  }
}
