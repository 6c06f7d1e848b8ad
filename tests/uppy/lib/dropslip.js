// The programs under test, as a person would start them: `dropslip dev`, and `dropslip serve` with a configuration
// in front of the same storage.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { start } from '../../recipes/lib/process.js'
import { binary, withoutSettings } from '../../recipes/lib/store.js'

const env = withoutSettings(process.env)

/** Service, store and pages, with the presets that come with them. */
export async function startDev() {
  const cwd = await mkdtemp(join(tmpdir(), 'dropslip-uppy-'))
  const args = ['dev', '--ephemeral', '--listen', '127.0.0.1:0', '--s3-listen', '127.0.0.1:0']
  const { found, stop } = await start(binary(), args, {
    patterns: [/Open (http:\/\/[^\s/]+)/, /also (http:\/\/[^\s/)]+)/], env, cwd,
  })
  return {
    service: found[0][1],
    storage: found[1][1],
    async stop() {
      await stop()
      await rm(cwd, { recursive: true })
    },
  }
}

/**
 * The service alone, in front of a storage that runs already.
 *
 * @param {string} storage
 * @param {string} toml more of the configuration, beginning inside `[storage]`
 */
export async function startService(storage, toml) {
  const cwd = await mkdtemp(join(tmpdir(), 'dropslip-uppy-'))
  const config = `
    [cors]
    allowedOrigins = ["http://127.0.0.1:*"]

    [storage]
    endpoint = "${storage}"
    region = "us-east-1"
    accessKey = "dropslip"
    secretKey = "dropslip-dev-secret"
    ${toml}`
  await writeFile(join(cwd, 'dropslip.toml'), config)
  const { found, stop } = await start(binary(), ['serve', '--listen', '127.0.0.1:0'], {
    patterns: [/Uploads at http:\/\/127\.0\.0\.1:(\d+)/], env, cwd,
  })
  return {
    service: `http://localhost:${found[0][1]}`,
    async stop() {
      await stop()
      await rm(cwd, { recursive: true })
    },
  }
}
