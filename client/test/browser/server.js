/**
 * A running `dropslip dev` for a test: port 0, a data folder that is thrown away.
 */

import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** A start that takes longer is a failure. Generous, since a debug build may run on a busy machine. */
const START_MS_MAX = 30_000
/** Ctrl-C must stop it within a second; the rest is the process's own end on a busy machine. */
const STOP_MS_MAX = 5_000

const binary = process.env.DROPSLIP_BIN

/** @returns the pages' and the storage's address, and how to stop it */
export async function startDev() {
  assert.ok(binary, 'set DROPSLIP_BIN to the path of the `dropslip` binary')
  const folder = await mkdtemp(join(tmpdir(), 'dropslip-page-'))
  const args = ['dev', '--ephemeral', '--listen', '127.0.0.1:0', '--s3-listen', '127.0.0.1:0']
  const child = spawn(binary, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  const exit = once(child, 'exit')
  let output = ''
  const ready = new Promise((resolve, reject) => {
    const failed = (why) => reject(new Error(`\`dropslip dev\` ${why}:\n${output}`))
    const timer = setTimeout(failed, START_MS_MAX, 'did not start in time')
    const read = (chunk) => {
      output += chunk
      const page = /Open (http:\/\/[^\s/]+)/.exec(output)?.[1]
      const storage = /S3 at (http:\/\/[^\s/]+)/.exec(output)?.[1]
      if (!page || !storage) return
      clearTimeout(timer)
      resolve({ page, storage })
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.on('error', (error) => failed(`could not be started (${error.message})`))
    exit.then(([code]) => failed(`ended with ${code}`), reject)
  })
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
