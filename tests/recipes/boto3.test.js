// Recipe (d): boto3's `generate_presigned_url` behind a Python route that makes
// the key, and a `fetch` from the page. The application is `boto3_app.py`.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3'

import { launch } from './lib/browser.js'
import { bytes } from './lib/bytes.js'
import { start } from './lib/process.js'
import { assertMismatch, element } from './lib/s3.js'
import { startStore, withoutSettings } from './lib/store.js'
import { venv } from './lib/venv.js'

const Bucket = 'from-python'
const store = await startStore()
after(() => store.stop())

const app = await start(join(venv(), 'python'), [fileURLToPath(new URL('boto3_app.py', import.meta.url))], {
  patterns: [/Open (http:\S+)/],
  env: {
    ...withoutSettings(process.env),
    BUCKET: Bucket,
    S3_ENDPOINT: store.endpoint,
    S3_REGION: store.region,
    S3_ACCESS_KEY: store.accessKeyId,
    S3_SECRET_KEY: store.secretAccessKey,
  },
})
after(() => app.stop())

const browser = await launch()
after(() => browser.close())
const page = await browser.newPage()
before(() => page.goto(app.found[0][1]))

const client = new S3Client({
  endpoint: store.endpoint,
  forcePathStyle: true,
  region: store.region,
  credentials: { accessKeyId: store.accessKeyId, secretAccessKey: store.secretAccessKey },
})
after(() => client.destroy())

test('a chosen file arrives under a key of the application', async () => {
  const file = bytes(200_000, 11)
  await page.setInputFiles('#file', { name: '../../é "x".jpg', mimeType: 'image/jpeg', buffer: file })
  const { status, body, key } = JSON.parse(await page.locator('#result:not(:empty)').textContent() ?? '')
  assert.equal(status, 200, body)
  assert.match(key, /^[0-9a-f-]{36}\.jpg$/)
  const got = await client.send(new GetObjectCommand({ Bucket, Key: key }))
  assert.equal(got.ContentType, 'image/jpeg')
  assert.ok(file.equals(await got.Body.transformToByteArray()))
})

test('another type: the page reads why', async () => {
  const { key, ...result } = await page.evaluate(async () => {
    const { url, key } = await globalThis.presign('a.jpg', 'image/jpeg')
    return { ...await globalThis.put(url, 'x', 'image/png'), key }
  })
  assertMismatch(result)
  assert.equal(element(result.body, 'Cause'), 'content_type', result.body)
  await assert.rejects(client.send(new HeadObjectCommand({ Bucket, Key: key })), { name: 'NotFound' })
})
