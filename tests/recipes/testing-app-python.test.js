// The example of docs/guide/testing-your-app.md in Python, as its own test program runs it.

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { binary, withoutSettings } from './lib/store.js'
import { venv } from './lib/venv.js'

test('the tests of an application in Python', async () => {
  const program = fileURLToPath(new URL('testing_app.py', import.meta.url))
  const env = { ...withoutSettings(process.env), DROPSLIP_BIN: binary() }
  await promisify(execFile)(join(venv(), 'python'), [program], { env })
})
