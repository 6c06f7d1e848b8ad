// Real clients that carry a request to the loopback, whatever host its URL names.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import http from 'node:http'
import http2 from 'node:http2'
import net from 'node:net'
import axios from 'axios'
import { Agent, fetch } from 'undici'
import { chromium } from 'playwright-core'
import { Lines } from './lines.js'
import { PAGE, open, openHttp2 } from './loopback.js'
import { startNginx } from './nginx.js'

const run = promisify(execFile)

/** TLS would hide the bytes; the Host header is the same without. */
export const plain = (url) => url.replace(/^https:/, 'http:')

export class Carriers {
  static async start() {
    const self = new Carriers()
    self.loopback = await open()
    self.port = self.loopback.port
    self.python = new Lines(process.env.PYTHON ?? '.venv/bin/python', 'lib/signers.py')
    self.rusty = new Lines(process.env.RUSTY ?? 'rusty/target/debug/corpus-rusty')
    return self
  }

  async close() {
    await this.page?.context().browser().close()
    await this.nginx?.stop()
    this.python.close()
    this.rusty.close()
    this.loopback.close()
  }

  /** The last request. */
  take() {
    return this.loopback.take()
  }

  /** An agent of Node's `http` whose connections all end here. */
  agent(port = this.port) {
    const agent = new http.Agent()
    agent.createConnection = () => net.connect(port, '127.0.0.1')
    return agent
  }

  async curl(url, ...args) {
    await run('curl', ['-s', '-o', '-', '--connect-to', `::127.0.0.1:${this.port}`, ...args, plain(url)]).catch(
      (error) => {
        if (error.code !== 3 && error.code !== 18) throw error
      },
    )
    return this.take()
  }

  async fetch(url, init) {
    const connect = (_, done) => {
      const socket = net.connect(this.port, '127.0.0.1', () => done(null, socket))
    }
    await fetch(plain(url), { ...init, dispatcher: new Agent({ connect }) })
    return this.take()
  }

  async axios(config) {
    await axios({ ...config, url: plain(config.url), httpAgent: this.agent() })
    return this.take()
  }

  /** Runs `work(argument)` in a page of another origin. */
  async browser(work, argument) {
    if (!this.page) {
      const browser = await chromium.launch({
        executablePath: process.env.CHROMIUM ?? 'chromium',
        args: [
          '--no-sandbox',
          '--disable-gpu',
          '--disable-dev-shm-usage',
          '--disable-background-networking',
          `--host-resolver-rules=MAP * 127.0.0.1:${this.port}`,
        ],
      })
      this.page = await browser.newPage()
      await this.page.goto(PAGE)
    }
    await this.page.evaluate(work, argument)
    return this.take()
  }

  /** Python's requests. */
  async requests(method, url, more = {}) {
    await this.python.ask({ do: 'requests', port: this.port, method, url: plain(url), ...more })
    return this.take()
  }

  /** The port of one of nginx's servers, for clients that sign as they send. */
  async nginxPort(server) {
    this.nginx ??= await startNginx(this.port)
    return this.nginx.ports[server]
  }

  /** Through nginx, whose servers are the names in `nginx.js`. */
  async throughNginx(server, url, ...args) {
    const port = await this.nginxPort(server)
    await run('curl', ['-s', '--connect-to', `::127.0.0.1:${port}`, ...args, plain(url)])
    return this.take()
  }

  /** Over HTTP/2, with an authority of its own. */
  async http2(url, authority, method, headers = {}) {
    const server = await openHttp2()
    const { pathname, search } = new URL(plain(url))
    const session = http2.connect(`http://127.0.0.1:${server.port}`)
    const stream = session.request({
      ':method': method,
      ':path': pathname + search,
      ':authority': authority,
      ...headers,
    })
    stream.end()
    await new Promise((done, fail) => stream.on('close', done).on('error', fail).resume())
    session.close()
    server.close()
    return server.take()
  }
}
