/**
 * Running programs for a test: port 0, a data folder that is thrown away.
 */

import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** A start that takes longer is a failure. Generous, since a debug build may run on a busy machine. */
const START_MS_MAX = 30_000
/** Ctrl-C must stop it within a second; the rest is the process's own end on a busy machine. */
const STOP_MS_MAX = 5_000

const binary = process.env.DROPSLIP_BIN

/** Store, service and pages: the pages' and the storage's address, and how to stop it. */
export function startDev() {
  const args = ['dev', '--ephemeral', '--listen', '127.0.0.1:0', '--s3-listen', '127.0.0.1:0']
  return start(args, { page: /Open (http:\/\/[^\s/]+)/, storage: /S3 at (http:\/\/[^\s/]+)/ })
}

/** The store alone, with a bucket that no page may use. */
export function startStore() {
  const args = ['store', '--data', 'data', '--listen', '127.0.0.1:0', '--bucket', 'uploads']
  const keys = ['--access-key', 'dropslip', '--secret-key', 'dropslip-dev-secret', '--region', 'us-east-1']
  return start([...args, ...keys], { storage: /S3 at (http:\/\/[^\s/,]+)/ })
}

/**
 * The service alone, in front of the storage of a running `dropslip dev`, for pages of this machine.
 *
 * @param {string} storage the storage's address
 * @param {string} presets in TOML
 */
export function startService(storage, presets) {
  const config = `
    [cors]
    allowedOrigins = ["http://127.0.0.1:*", "http://localhost:*"]

    [storage]
    endpoint = "${storage}"
    region = "us-east-1"
    accessKey = "dropslip"
    secretKey = "dropslip-dev-secret"
    profile = "dropslip"
    ${presets}`
  const args = ['serve', '--listen', '127.0.0.1:0']
  return start(args, { page: /Uploads at (http:\/\/[^\s,]+)/ }, { 'dropslip.toml': config })
}

/**
 * @template {string} Name
 * @param {string[]} args
 * @param {Record<Name, RegExp>} patterns what it prints once it is ready, with an address
 * @param {Record<string, string>} files in its folder
 */
async function start(args, patterns, files = {}) {
  assert.ok(binary, 'set DROPSLIP_BIN to the path of the `dropslip` binary')
  const folder = await mkdtemp(join(tmpdir(), 'dropslip-page-'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const child = spawn(binary, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  const exit = once(child, 'exit')
  let output = ''
  const ready = new Promise((resolve, reject) => {
    const failed = (why) => {
      clearTimeout(timer)
      reject(new Error(`\`dropslip ${args[0]}\` ${why}:\n${output}`))
    }
    const timer = setTimeout(failed, START_MS_MAX, 'did not start in time')
    const read = (chunk) => {
      output += chunk
      const found = Object.entries(patterns).map(([name, pattern]) => [name, pattern.exec(output)?.[1]])
      if (!found.every(([, address]) => address)) return
      clearTimeout(timer)
      resolve(Object.fromEntries(found))
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.on('error', (error) => failed(`could not be started (${error.message})`))
    exit.then(([code]) => failed(`ended with ${code}`), reject)
  })
  /** @type {Record<Name, string>} */
  const addresses = await ready.catch((error) => {
    child.kill()
    throw error
  })
  return {
    ...addresses,
    folder,
    /** Sends Ctrl-C. @returns {Promise<{ code: number | null, signal: string | null, output: string }>} */
    async interrupt() {
      child.kill('SIGINT')
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX)
      const [code, signal] = await exit
      clearTimeout(timer)
      return { code, signal, output }
    },
    /** Whatever happened before: no process and no folder is left. */
    async clean() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL')
        await exit
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/**
 * Sets the storage's faults, none without arguments (docs/guide/testing-your-app.md).
 *
 * @param {string} storage
 * @param {...object} list
 */
export async function faults(storage, ...list) {
  const response = await fetch(`${storage}/_dropslip/faults`, { method: 'PUT', body: JSON.stringify({ faults: list }) })
  assert.ok(response.ok, await response.text())
}

/**
 * A presigned address, made by the binary.
 *
 * @param {string} storage the storage's address
 * @param {string} key of an object in the bucket `uploads`
 */
export async function presignGet(storage, key) {
  const args = ['presign', 'get', `s3://uploads/${key}`, '--endpoint', storage, '--region', 'us-east-1']
  const env = { ...process.env, AWS_ACCESS_KEY_ID: 'dropslip', AWS_SECRET_ACCESS_KEY: 'dropslip-dev-secret' }
  const { stdout } = await promisify(execFile)(String(binary), args, { env })
  return stdout.trim()
}
