// Recipe (e): the `aws` command line, pointed at the store by its environment.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import { bytes } from './lib/bytes.js'
import { element, read } from './lib/s3.js'
import { startStore, withoutSettings } from './lib/store.js'
import { venv } from './lib/venv.js'

const store = await startStore()
after(() => store.stop())
const folder = await mkdtemp(join(tmpdir(), 'dropslip-aws-'))
after(() => rm(folder, { recursive: true }))

const env = {
  ...withoutSettings(process.env),
  HOME: folder,
  AWS_ACCESS_KEY_ID: store.accessKeyId,
  AWS_SECRET_ACCESS_KEY: store.secretAccessKey,
  AWS_REGION: store.region,
  AWS_DEFAULT_REGION: store.region,
  AWS_ENDPOINT_URL_S3: store.endpoint,
  AWS_EC2_METADATA_DISABLED: 'true',
}

/** Runs `aws WORDS` in the folder; `code` is its exit code. */
function run(words) {
  return new Promise((resolve) => {
    execFile(join(venv(), 'aws'), words, { env, cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: error ? error.code : 0, stdout, stderr })
    })
  })
}

/** What it prints, when it ends with 0. */
async function aws(...words) {
  const { code, stdout, stderr } = await run(words)
  assert.equal(code, 0, `aws ${words.join(' ')}: ${stderr}`)
  return stdout
}

/** What it says, when it does not. */
async function refused(...words) {
  const { code, stdout, stderr } = await run(words)
  assert.notEqual(code, 0, `aws ${words.join(' ')}: ${stdout}`)
  return stderr
}

const file = (name) => readFile(join(folder, name))

test('make, fill, list, empty and remove a bucket', async () => {
  const small = bytes(1234)
  await writeFile(join(folder, 'small.jpg'), small)
  assert.match(await aws('s3', 'mb', 's3://photos'), /make_bucket: photos/)
  await aws('s3', 'cp', 'small.jpg', 's3://photos/2026/a b.jpg')
  await aws('s3', 'cp', 'small.jpg', 's3://photos/top.jpg')

  assert.match(await aws('s3', 'ls'), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d photos$/m)
  const top = await aws('s3', 'ls', 's3://photos')
  assert.match(top, /PRE 2026\/\n/)
  assert.match(top, / 1234 top\.jpg\n/)
  assert.match(await aws('s3', 'ls', 's3://photos/2026/'), / 1234 a b\.jpg\n/)
  assert.match(await aws('s3', 'ls', 's3://photos', '--recursive'), / 1234 2026\/a b\.jpg\n.* 1234 top\.jpg\n/)

  await aws('s3', 'cp', 's3://photos/2026/a b.jpg', 'down.jpg')
  assert.ok((await file('down.jpg')).equals(small))
  assert.match(await aws('s3api', 'head-object', '--bucket', 'photos', '--key', 'top.jpg'), /"image\/jpeg"/)

  assert.match(await refused('s3', 'rb', 's3://photos'), /BucketNotEmpty/)
  await aws('s3', 'rm', 's3://photos/2026/a b.jpg')
  await aws('s3', 'rm', 's3://photos/top.jpg')
  assert.equal(await aws('s3', 'ls', 's3://photos'), '')
  await aws('s3', 'rb', 's3://photos')
  assert.equal(await aws('s3', 'ls'), '')
})

test('a file of 6 MiB goes up and down', async () => {
  const large = bytes(6 * 1024 * 1024)
  await writeFile(join(folder, 'large.bin'), large)
  await aws('s3', 'mb', 's3://large')
  await aws('s3', 'cp', 'large.bin', 's3://large/large.bin')
  await aws('s3', 'cp', 's3://large/large.bin', 'large-down.bin')
  assert.ok((await file('large-down.bin')).equals(large))
})

test('a presigned link is read without keys', async () => {
  await writeFile(join(folder, 'hello.txt'), 'hello')
  await aws('s3', 'mb', 's3://links')
  await aws('s3', 'cp', 'hello.txt', 's3://links/é 1.txt')
  const presign = async () => (await aws('s3', 'presign', 's3://links/é 1.txt', '--expires-in', '60')).trim()

  // Version 1 of this command line presigns with Signature Version 2 until told otherwise.
  const old = await presign()
  assert.match(old, /AWSAccessKeyId=/)
  const { status, body } = await read(await fetch(old))
  assert.equal(status, 400)
  assert.equal(element(body, 'Code'), 'InvalidRequest')
  assert.match(element(body, 'Message') ?? '', /AWS4-HMAC-SHA256/)

  await aws('configure', 'set', 'default.s3.signature_version', 's3v4')
  const url = await presign()
  const got = await fetch(url)
  assert.equal(got.status, 200)
  assert.equal(await got.text(), 'hello')
  assert.equal((await fetch(url.split('?')[0])).status, 403)
})

test('CORS rules are put, read and deleted', async () => {
  const CORSRules = [{
    AllowedHeaders: ['*'],
    AllowedMethods: ['PUT', 'GET'],
    AllowedOrigins: ['https://*.example.com'],
    ExposeHeaders: ['ETag'],
    MaxAgeSeconds: 600,
  }]
  await writeFile(join(folder, 'cors.json'), JSON.stringify({ CORSRules }))
  await aws('s3', 'mb', 's3://cors')
  const cors = (verb, ...more) => ['s3api', `${verb}-bucket-cors`, '--bucket', 'cors', ...more]
  assert.match(await refused(...cors('get')), /NoSuchCORSConfiguration/)
  await aws(...cors('put', '--cors-configuration', 'file://cors.json'))
  assert.deepEqual(JSON.parse(await aws(...cors('get'))), { CORSRules })
  await aws(...cors('delete'))
  assert.match(await refused(...cors('get')), /NoSuchCORSConfiguration/)
})

test('questions about buckets, that are there and that are not', async () => {
  await aws('s3', 'mb', 's3://asked')
  await aws('s3api', 'head-bucket', '--bucket', 'asked')
  const location = JSON.parse(await aws('s3api', 'get-bucket-location', '--bucket', 'asked'))
  assert.deepEqual(location, { LocationConstraint: null })

  assert.match(await refused('s3api', 'head-bucket', '--bucket', 'missing'), /404/)
  assert.match(await refused('s3', 'ls', 's3://missing'), /NoSuchBucket/)
  assert.match(await refused('s3', 'cp', 's3://asked/nothing', 'x'), /404/)
})
