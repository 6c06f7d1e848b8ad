// Store and service behind the back ends, with the configuration that is theirs; and what the service tells them.

import { spawnSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createServer as listen } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'

import { start } from '../../../tests/recipes/lib/process.js'
import { binary, withoutSettings } from '../../../tests/recipes/lib/store.js'

/** Store and service, which tells its webhooks to `webhooks`. */
export async function startService(webhooks) {
  const cwd = await mkdtemp(join(tmpdir(), 'dropslip-backends-'))
  const env = withoutSettings(process.env)
  const data = join(cwd, '.dropslip')
  await mkdir(data)
  const store = await start(binary(), ['store', '--data', data, '--listen', '127.0.0.1:0', '--bucket', 'uploads'], {
    patterns: [/S3 at http:\/\/127\.0\.0\.1:(\d+)/], env,
  })
  const config = await readFile(new URL('../../dropslip.toml', import.meta.url), 'utf8')
  const moved = config.replaceAll(':7601', `:${store.found[0][1]}`).replace('http://127.0.0.1:3000', webhooks)
  await writeFile(join(cwd, 'dropslip.toml'), moved)
  const service = await start(binary(), ['serve', '--listen', '127.0.0.1:0'], {
    patterns: [/Uploads at (http:\/\/127\.0\.0\.1:\d+)/], env, cwd,
  })
  return {
    address: service.found[0][1],
    /** A folder for whoever needs one. */
    folder: cwd,
    async stop() {
      await service.stop()
      await store.stop()
      await rm(cwd, { recursive: true })
    },
  }
}

/**
 * Stands where webhooks are sent, and passes them on to the application once it is known. `next` gives each with its
 * answer, in turn.
 */
export async function startRelay() {
  const passed = []
  const waiting = []
  let application
  const known = new Promise((resolve) => { application = resolve })
  const server = createServer(async (request, response) => {
    const { url } = request
    const all = Object.entries(request.headers)
    const headers = Object.fromEntries(all.filter(([name]) => /^webhook-|-type$/.test(name)))
    const body = await buffer(request)
    const again = async (change = {}) => {
      const sent = { headers, body, ...change }
      const answer = await fetch(`${await known}${url}`, { method: 'POST', ...sent })
      return answer.status
    }
    const status = await again().catch(() => 502)
    response.writeHead(status).end()
    const webhook = { headers, body, status, again }
    const first = waiting.shift()
    if (first) first(webhook)
    else passed.push(webhook)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    application,
    next: () => passed.shift() ?? new Promise((resolve) => waiting.push(resolve)),
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The headers of a webhook, as the service would have sent them at that time. */
export function signed({ headers, body }, time) {
  const key = Buffer.from('for development on this machine')
  const mac = createHmac('sha256', key).update(`${headers['webhook-id']}.${time}.`).update(body).digest('base64')
  return { ...headers, 'webhook-timestamp': time, 'webhook-signature': `v1,AAAA v1,${mac}` }
}

/** A port that nobody listens on, for programs that take no 0. */
export async function freePort() {
  const server = listen().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

/** Whether the program is installed. */
export function isInstalled(program) {
  return spawnSync(program, ['--version']).error === undefined
}
