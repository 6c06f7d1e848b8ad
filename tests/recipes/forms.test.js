// Recipe (h): forms. A page posts a file with the fields that the application signed:
// by `createPresignedPost`, `generate_presigned_post` and `dropslip presign post`.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'

import {
  CreateBucketCommand, GetObjectCommand, HeadObjectCommand, PutBucketCorsCommand, S3Client,
} from '@aws-sdk/client-s3'
import { createPresignedPost } from '@aws-sdk/s3-presigned-post'

import { serve } from './lib/app.js'
import { launch } from './lib/browser.js'
import { bytes } from './lib/bytes.js'
import { binary, startStore, withoutSettings } from './lib/store.js'
import { venv } from './lib/venv.js'

const run = promisify(execFile)

const Bucket = 'uploads'
const store = await startStore({ options: ['--allow-sigv2'] })
after(() => store.stop())

const client = new S3Client({
  endpoint: store.endpoint,
  forcePathStyle: true,
  region: store.region,
  credentials: { accessKeyId: store.accessKeyId, secretAccessKey: store.secretAccessKey },
})
after(() => client.destroy())

const html = await readFile(new URL('forms.html', import.meta.url))
const app = await serve(async (_url, response) => {
  response.setHeader('content-type', 'text/html')
  response.end(html)
})
after(() => app.close())

const browser = await launch()
after(() => browser.close())
const page = await browser.newPage()

before(async () => {
  await client.send(new CreateBucketCommand({ Bucket }))
  await client.send(new PutBucketCorsCommand({
    Bucket,
    CORSConfiguration: {
      CORSRules: [{
        AllowedOrigins: [app.origin],
        AllowedMethods: ['POST'],
        ExposeHeaders: ['ETag', 'Location'],
      }],
    },
  }))
})

/** A form for pictures of at most a megabyte. */
const presignedPost = (Key, Fields = {}, Conditions = []) => createPresignedPost(client, {
  Bucket,
  Key,
  Fields,
  Conditions: [['content-length-range', 1, 1_000_000], ...Conditions],
  Expires: 60,
})

const get = (Key) => client.send(new GetObjectCommand({ Bucket, Key }))

async function assertNotStored(Key) {
  await assert.rejects(client.send(new HeadObjectCommand({ Bucket, Key })), { name: 'NotFound' })
}

/** Posts from the page, by FormData and fetch. */
async function post(form, file, type = 'image/png', name = 'a.png') {
  await page.goto(app.origin)
  return page.evaluate(
    ([form, text, type, name]) => globalThis.post(form, new File([text], name, { type })),
    [form, file, type, name],
  )
}

/** Posts by the form itself: the browser leaves the page. */
async function submit(form, file) {
  await page.goto(app.origin)
  await page.evaluate((form) => globalThis.prepare(form), form)
  await page.setInputFiles('#file', file)
  const [response] = await Promise.all([
    page.waitForResponse((response) => response.request().method() === 'POST'),
    page.click('input[type=submit]'),
  ])
  return response
}

test('a form sends the chosen file, and the browser goes where it is sent', async () => {
  const file = bytes(300_000)
  const form = await presignedPost('user/1/${filename}', {
    success_action_redirect: `${app.origin}/done`,
    'Content-Type': 'image/png',
    'x-amz-meta-camera': 'Leica',
  })
  const response = await submit(form, { name: 'été 1 + 2.png', mimeType: 'image/png', buffer: file })
  assert.equal(response.status(), 303)
  await page.waitForURL(`${app.origin}/done*`)
  const told = new URL(page.url()).searchParams
  assert.equal(told.get('bucket'), Bucket)
  assert.equal(told.get('key'), 'user/1/été 1 + 2.png')

  const got = await get('user/1/été 1 + 2.png')
  assert.equal(told.get('etag'), got.ETag)
  assert.equal(got.ContentType, 'image/png')
  assert.deepEqual(got.Metadata, { camera: 'Leica' })
  assert.ok(file.equals(await got.Body.transformToByteArray()))
})

test('FormData and fetch: the page reads where the object is', async () => {
  const form = await presignedPost('fetched &.txt', { success_action_status: '201' })
  const { status, body, etag, location } = await post(form, 'hello')
  assert.equal(status, 201, body)
  assert.equal(location, `${store.endpoint}/${Bucket}/fetched%20%26.txt`)
  assert.equal(etag, '"5d41402abc4b2a76b9719d911017c592"')
  assert.ok(body.includes('<Key>fetched &amp;.txt</Key>'), body)
  const got = await get('fetched &.txt')
  assert.equal(await got.Body.transformToString(), 'hello')
})

test('a condition that fails: the page reads which', async () => {
  const form = await presignedPost('typed', { 'Content-Type': 'text/html' }, [
    ['starts-with', '$Content-Type', 'image/'],
  ])
  const { status, body } = await post(form, 'hello')
  assert.equal(status, 403)
  assert.ok(body.includes('Policy Condition failed: [&quot;starts-with&quot;, &quot;$Content-Type&quot;'), body)
  await assertNotStored('typed')
})

// The browser has not sent half of it when the store has seen enough.
test('a file that is too large: the page reads it while it sends', async () => {
  const { status, body } = await post(await presignedPost('large'), 'x'.repeat(30_000_000))
  assert.equal(status, 400)
  assert.ok(body.includes('<Code>EntityTooLarge</Code>'), body)
  assert.ok(body.includes('<MaxSizeAllowed>1000000</MaxSizeAllowed>'), body)
  await assertNotStored('large')
})

test('a form whose policy was changed: the page reads what was signed', async () => {
  const form = await presignedPost('changed')
  form.fields.Policy = Buffer.from('{}').toString('base64')
  const { status, body } = await post(form, 'hello')
  assert.equal(status, 403)
  assert.ok(body.includes('<Code>SignatureDoesNotMatch</Code>'), body)
  assert.ok(body.includes('<StringToSign>e30=</StringToSign>'), body)
})

/** Makes and sends a form by boto3. */
function boto3(signature, asked) {
  const child = execFile(join(venv(), 'python'), [new URL('boto3_post.py', import.meta.url).pathname], {
    env: {
      ...withoutSettings(process.env),
      BUCKET: Bucket,
      S3_ENDPOINT: store.endpoint,
      S3_REGION: store.region,
      S3_ACCESS_KEY: store.accessKeyId,
      S3_SECRET_KEY: store.secretAccessKey,
      S3_SIGNATURE: signature,
    },
  })
  child.stdin.end(JSON.stringify({ fields: {}, conditions: [], ...asked }))
  let printed = ''
  child.stdout.on('data', (text) => { printed += text })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      if (code) reject(new Error(`boto3 ended with ${code}`))
      else resolve(JSON.parse(printed))
    })
  })
}

for (const signature of ['s3v4', 's3']) {
  test(`boto3: generate_presigned_post (${signature})`, async () => {
    const key = `boto3/${signature}`
    const { status, body, fields } = await boto3(signature, {
      key,
      file: 'hello',
      fields: { acl: 'private', 'Content-Type': 'text/plain' },
      conditions: [{ acl: 'private' }, ['starts-with', '$Content-Type', 'text/'], ['content-length-range', 5, 5]],
    })
    assert.equal(status, 204, body)
    assert.equal('x-amz-signature' in fields, signature === 's3v4')
    assert.equal((await get(key)).ContentType, 'text/plain')

    const small = await boto3(signature, { key: 'small', file: '', conditions: [['content-length-range', 1, 5]] })
    assert.equal(small.status, 400)
    assert.ok(small.body.includes('<Code>EntityTooSmall</Code>'), small.body)
    await assertNotStored('small')
  })
}

test('dropslip presign post --curl: the line is run with the name of a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dropslip-forms-'))
  await writeFile(join(folder, 'photo.jpg'), 'hello')
  const args = [
    'presign', 'post', `s3://${Bucket}/curl/\${filename}`, '--endpoint', store.endpoint,
    '--content-type', 'image/jpeg', '--curl',
  ]
  const env = {
    ...withoutSettings(process.env),
    AWS_ACCESS_KEY_ID: store.accessKeyId,
    AWS_SECRET_ACCESS_KEY: store.secretAccessKey,
    AWS_REGION: store.region,
  }
  const { stdout } = await run(binary(), args, { env, cwd: folder })
  await run('sh', ['-c', stdout.replace('FILE', 'photo.jpg')], { env, cwd: folder })
  const got = await get('curl/photo.jpg')
  assert.equal(got.ContentType, 'image/jpeg')
  assert.equal(await got.Body.transformToString(), 'hello')
  await rm(folder, { recursive: true })
})
