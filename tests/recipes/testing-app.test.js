// The example of docs/guide/testing-your-app.md in JavaScript: an application's upload
// function, tested against a store that refuses, cuts and expires on demand.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, afterEach, test } from 'node:test'

import { PutBucketNotificationConfigurationCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'

import { start } from './lib/process.js'
import { binary, withoutSettings } from './lib/store.js'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// ---- what the application does ----

/** Uploads with some patience, and gives the number of tries. */
async function upload(url, body) {
  for (let tries = 1; ; tries += 1) {
    const response = await fetch(url, { method: 'PUT', body }).catch(() => undefined)
    if (response?.ok) return tries
    if (response && response.status < 500) throw new Error(`refused: ${response.status}`)
    if (tries === 4) throw new Error('gave up')
  }
}

// ---- the store, for all tests of the file ----

const events = []
const hook = createServer(async (request, response) => {
  const chunks = await request.toArray()
  events.push(JSON.parse(Buffer.concat(chunks).toString()))
  hook.emit('told')
  response.end()
})
hook.listen(0, '127.0.0.1')
await once(hook, 'listening')
after(() => hook.close())

const folder = await mkdtemp(join(tmpdir(), 'app-test-'))
after(() => rm(folder, { recursive: true }))
const webhook = `http://127.0.0.1:${hook.address().port}/`
const store = await start(binary(), [
  'store', '--data', folder, '--listen', '127.0.0.1:0', '--bucket', 'uploads', '--notify-webhook', webhook,
  '--lifecycle-day', '100ms',
], { patterns: [/S3 at (http:\S+?),/], env: withoutSettings(process.env) })
after(() => store.stop())
const endpoint = store.found[0][1]

const client = new S3Client({
  endpoint,
  forcePathStyle: true,
  region: 'us-east-1',
  credentials: { accessKeyId: 'dropslip', secretAccessKey: 'dropslip-dev-secret' },
})
after(() => client.destroy())
const presign = (Key) => getSignedUrl(client, new PutObjectCommand({ Bucket: 'uploads', Key }), { expiresIn: 60 })

async function faults(...faults) {
  const body = JSON.stringify({ faults })
  const response = await fetch(`${endpoint}/_dropslip/faults`, { method: 'PUT', body })
  assert.equal(response.status, 200, await response.text())
}
afterEach(() => faults())

/** Waits for the event of a key. */
async function told(key) {
  const find = () => events.flatMap(({ Records = [] }) => Records).find(({ s3 }) => s3.object.key === key)
  while (!find()) await once(hook, 'told')
  return find()
}

// ---- the tests ----

test('a busy store is asked again', async () => {
  await faults({ operation: 'PutObject', status: 503, code: 'SlowDown', times: 2 })
  assert.equal(await upload(await presign('busy'), 'bytes'), 3)
})

test('a connection that breaks is tried again', async () => {
  await faults({ operation: 'PutObject', cutRequestAfterBytes: 100_000, times: 1 })
  assert.equal(await upload(await presign('cut'), Buffer.alloc(300_000)), 2)
})

test('an expired link is not tried again', async () => {
  await faults({ operation: 'PutObject', expireUrls: true })
  await assert.rejects(upload(await presign('late'), 'bytes'), /refused: 403/)
})

test('the application hears of an upload', async () => {
  await upload(await presign('heard.txt'), 'bytes')
  const record = await told('heard.txt')
  assert.equal(record.eventName, 'ObjectCreated:Put')
  assert.equal(record.s3.object.size, 5)
})

test('a configuration made for AWS leads to the same webhook', async () => {
  await client.send(new PutBucketNotificationConfigurationCommand({
    Bucket: 'uploads',
    NotificationConfiguration: {
      QueueConfigurations: [{
        QueueArn: 'arn:aws:sqs:us-east-1:123456789012:uploads',
        Events: ['s3:ObjectCreated:*'],
        Filter: { Key: { FilterRules: [{ Name: 'prefix', Value: 'in/' }] } },
      }],
    },
  }))
  await upload(await presign('in/a'), 'bytes')
  assert.equal((await told('in/a')).eventName, 'ObjectCreated:Put')
})
