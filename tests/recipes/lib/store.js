// `dropslip store` for one test file: a free port, a temporary folder, keys that
// are nobody's.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { start } from './process.js'

/**
 * Starts the store. `stop` ends it, checks its exit code and removes its folder.
 *
 * @param {{region?: string, options?: string[]}} [settings] `options` are more of the command line
 */
export async function startStore({ region = 'us-east-1', options = [] } = {}) {
  const accessKeyId = 'AKIDRECIPES'
  const secretAccessKey = 'recipes/secret+with=signs'
  const data = await mkdtemp(join(tmpdir(), 'dropslip-recipes-'))
  const args = [
    'store', '--data', data, '--listen', '127.0.0.1:0', '--region', region,
    '--access-key', accessKeyId, '--secret-key', secretAccessKey, ...options,
  ]
  const { found, stop } = await start(binary(), args, {
    patterns: [/S3 at (http:\/\/127\.0\.0\.1:(\d+))/],
    env: withoutSettings(process.env),
  })
  return {
    endpoint: found[0][1],
    port: Number(found[0][2]),
    region,
    accessKeyId,
    secretAccessKey,
    async stop() {
      await stop()
      await rm(data, { recursive: true })
    },
  }
}

/** The built binary, as `cargo xtask test` names it. */
export function binary() {
  const path = process.env.DROPSLIP_BIN
  if (!path) throw new Error('DROPSLIP_BIN is not set: run it by `cargo xtask test`')
  return path
}

/** The environment without what a person has set for AWS or Dropslip. */
export function withoutSettings(env) {
  const names = Object.keys(env).filter((name) => /^(AWS|DROPSLIP)_/.test(name))
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)))
}
