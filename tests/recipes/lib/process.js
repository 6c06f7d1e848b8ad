// A program as a child process: started, its address read from what it prints,
// stopped as a person would stop it. Nothing here waits by the clock; the limits
// only end a test whose program is silent.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A debug build on a busy machine says where it listens well before this. */
const START_MAX_MS = 30_000

/**
 * Starts a program and waits until it has printed a match of each pattern.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{patterns: RegExp[], env?: NodeJS.ProcessEnv, cwd?: string}} options
 * @returns {Promise<{found: RegExpMatchArray[], stop: () => Promise<void>}>}
 */
export async function start(program, args, { patterns, env = process.env, cwd }) {
  const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  const killIfLeft = () => child.kill('SIGKILL')
  process.once('exit', killIfLeft)

  let printed = ''
  child.stderr.on('data', (chunk) => { printed += chunk })
  const found = new Array(patterns.length)
  const limit = setTimeout(killIfLeft, START_MAX_MS)
  const lines = createInterface({ input: child.stdout })
  await new Promise((resolve, reject) => {
    child.once('error', reject)
    exited.then(
      ([code, signal]) => reject(new Error(
        `${program} ${args.join(' ')} ended (${signal ?? code}) before it printed ${patterns}:\n${printed}`,
      )),
      reject,
    )
    lines.on('line', (line) => {
      printed += `${line}\n`
      patterns.forEach((pattern, index) => { found[index] ??= line.match(pattern) ?? undefined })
      if (!found.includes(undefined)) resolve(undefined)
    })
  })
  clearTimeout(limit)

  return {
    found,
    /** Sends what ctrl-c sends; the program must end with exit code 0. */
    async stop() {
      child.kill('SIGINT')
      const [code, signal] = await exited
      process.removeListener('exit', killIfLeft)
      assert.equal(signal ?? code, 0, `${program} did not end with 0 on SIGINT:\n${printed}`)
    },
  }
}
