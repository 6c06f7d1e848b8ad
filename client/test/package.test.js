/** The package as others import it: by its name, and every file that it promises. */

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const root = new URL('../', import.meta.url)
const { exports, files, sideEffects } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))

test('every file that is named is there, and goes into the package', () => {
  const named = [...Object.values(exports).flatMap((one) => (typeof one === 'string' ? one : Object.values(one))), ...sideEffects]
  for (const path of [...named, ...files]) {
    assert.ok(existsSync(new URL(path, root)), path)
    assert.ok(path === './package.json' || !path.startsWith('./') || path.startsWith('./src/'), path)
  }
})

test('imported by name', async () => {
  const core = await import('dropslip')
  assert.deepEqual(Object.keys(core).sort(), ['UploadError', 'createQueue', 'upload', 'uploadMany'])
  assert.ok((await import('dropslip/element')).DropslipUploadElement)
  assert.deepEqual(Object.keys(await import('dropslip/locales')).sort(), ['ar', 'de', 'es', 'fr', 'ja'])
})
