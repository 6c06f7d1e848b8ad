// A small web application on a free port, as blog posts write it with node:http.

import { once } from 'node:events'
import { createServer } from 'node:http'

/**
 * Serves until `close`.
 *
 * @param {(url: URL, response: import('node:http').ServerResponse) => Promise<void>} handle
 */
export async function serve(handle) {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    handle(url, response).catch((error) => {
      response.writeHead(500).end(String(error))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  return {
    origin: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
