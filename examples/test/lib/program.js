// An example as a running program, started as its README says.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A program that is silent for longer has not started. Generous, for a busy machine. */
const START_MS_MAX = 60_000

/**
 * Starts it and waits until it prints its address.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd: URL, env?: Record<string, string>, address?: RegExp }} options
 */
export async function run(program, args, { cwd, env = {}, address = /(http:\/\/[\w.]+:\d+)/ }) {
  // A group of its own: what npm starts ends with it.
  const options = { cwd, env: { ...process.env, NODE_OPTIONS: '', ...env }, detached: true }
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'close')
  const kill = () => {
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
  process.once('exit', kill)
  let printed = ''
  const origin = await new Promise((resolve, reject) => {
    const limit = setTimeout(kill, START_MS_MAX)
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        printed += `${line}\n`
        const found = address.exec(line.replace(/\x1b\[\d*m/g, ''))
        if (found) resolve(found[1])
      })
    }
    child.once('error', reject)
    const failed = () => reject(new Error(`${program} ${args.join(' ')} printed no address and ended:\n${printed}`))
    ended.then(failed, reject)
    ended.finally(() => clearTimeout(limit)).catch(() => {})
  })
  return {
    origin,
    async stop() {
      kill()
      await ended
      process.removeListener('exit', kill)
    },
  }
}
