// The programs under test, each a process of its own: `dropslip store`, and `dropslip serve` with a configuration.

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

/** A start that takes longer is a failure. */
const START_MS_MAX = 30_000
const BUCKET = 'uploads'
const KEYS = { AWS_ACCESS_KEY_ID: 'dropslip', AWS_SECRET_ACCESS_KEY: 'dropslip-dev-secret' }

/** The environment without what a person has set for AWS or Dropslip. */
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS|DROPSLIP)_/.test(name)))

/** @param {string} name of a temporary folder, which `remove` removes */
export async function folder(name) {
  const path = await mkdtemp(join(tmpdir(), `dropslip-${name}-`))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

/**
 * Starts a program and waits for its address.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd: string, ready: RegExp }} options
 */
async function start(program, args, { cwd, ready }) {
  const child = spawn(program, args, { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  const killIfLeft = () => child.kill('SIGKILL')
  process.once('exit', killIfLeft)
  let printed = ''
  const address = new Promise((resolve, reject) => {
    const failed = (why) => reject(new Error(`${program} ${args.join(' ')} ${why}:\n${printed}`))
    const timer = setTimeout(failed, START_MS_MAX, 'did not start')
    const read = (text) => {
      printed = (printed + text).slice(-20_000)
      const found = ready.exec(printed)
      if (found) {
        clearTimeout(timer)
        resolve(new URL(found[1]))
      }
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.on('error', failed)
    exited.then(([code, signal]) => failed(`ended with ${signal ?? code}`), failed)
  })
  const end = async () => {
    child.kill('SIGKILL')
    await exited
    process.off('exit', killIfLeft)
  }
  const url = await address.catch(async (error) => {
    await end()
    throw error
  })
  return { url, pid: child.pid, kill: end }
}

/**
 * `dropslip store` with one bucket, which pages of that origin may use.
 *
 * @param {string} binary
 * @param {string} origin
 */
export async function startStore(binary, origin) {
  const data = await folder('store')
  const args = ['store', '--data', data.path, '--listen', '127.0.0.1:0', '--bucket', BUCKET, '--cors-origin', origin]
  const { url, kill } = await start(binary, args, { cwd: data.path, ready: /S3 at (http:\/\/[\d.:]+)/ })
  return {
    url,
    /** An address that shows an object. */
    async presigned(key) {
      const args = ['presign', 'get', `s3://${BUCKET}/${key}`, '--endpoint', url.origin, '--region', 'us-east-1']
      const { stdout } = await promisify(execFile)(binary, args, { env: { ...environment, ...KEYS } })
      return stdout.trim()
    },
    async stop() {
      await kill()
      await data.remove()
    },
  }
}

/**
 * `dropslip serve` in front of a storage.
 *
 * @param {string} binary
 * @param {{ origin: string, storage: string, publicStorage?: string, presets: string }} options
 */
export async function startService(binary, { origin, storage, publicStorage = storage, presets }) {
  const { path: cwd, remove } = await folder('service')
  await writeFile(join(cwd, 'dropslip.toml'), `
    [cors]
    allowedOrigins = ["${origin}"]

    [storage]
    endpoint = "${storage}"
    publicEndpoint = "${publicStorage}"
    region = "us-east-1"
    accessKey = "dropslip"
    secretKey = "dropslip-dev-secret"
    ${presets}`)
  const ready = /Uploads at (http:\/\/127\.0\.0\.1:\d+)/
  let running = await start(binary, ['serve', '--listen', '127.0.0.1:0'], { cwd, ready })
  const { url } = running
  return {
    url,
    /** Kills it as a crash would, and starts it again at the same address after so long. */
    async restart(seconds) {
      await running.kill()
      await sleep(1000 * seconds)
      running = await start(binary, ['serve', '--listen', url.host], { cwd, ready })
    },
    async stop() {
      await running.kill()
      await remove()
    },
  }
}
