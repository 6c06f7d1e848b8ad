// The back ends in Node, Python and PHP, as their READMEs start them: a signed-in user uploads with the client, and the
// application finds the key by the service's webhook.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { upload } from 'dropslip'

import { bytes } from '../../tests/recipes/lib/bytes.js'
import { freePort, isInstalled, signed, startRelay, startService } from './lib/backends.js'
import { run } from './lib/program.js'

const at = (name) => new URL(`../${name}/`, import.meta.url)

const programs = {
  node: () => run('node', ['server.js'], { cwd: at('node'), env: env('0') }),
  python: () => run('python3', ['server.py'], { cwd: at('python'), env: env('0') }),
  async php() {
    const address = `127.0.0.1:${await freePort()}`
    const started = /\((http:\/\/[\w.]+:\d+)\) started/
    return run('php', ['-S', address, 'server.php'], { cwd: at('php'), env: env(''), address: started })
  },
}
let relay, service
const env = (port) => ({ PORT: port, SERVICE: service.address, DATA: service.folder })

for (const [name, start] of Object.entries(programs)) {
  describe(name, () => {
    if (name === 'php' && !isInstalled('php')) {
      console.log('php is not installed: its example is not run')
      return
    }
    let site

    before(async () => {
      relay = await startRelay()
      service = await startService(relay.origin)
      site = await start()
      relay.application(site.origin)
    })

    after(async () => {
      await site?.stop()
      await service?.stop()
      await relay?.stop()
    })

    const call = async (path, { session = 'session-of-ada', ...init } = {}) => {
      const headers = { cookie: `theme=dark; session=${session}`, 'content-type': 'application/json' }
      const answer = await fetch(site.origin + path, { headers, ...init })
      return { status: answer.status, body: await answer.json().catch(() => undefined) }
    }
    const photo = new File([bytes(100_000)], 'a photo.jpg', { type: 'image/jpeg' })
    const options = (more) => ({
      preset: 'photo', endpoint: `${site.origin}/uploads`, headers: { cookie: 'session=session-of-ada' }, ...more,
    })

    test('a user uploads, and the application knows the key', async () => {
      const { key, size } = await upload(photo, options())
      assert.match(key, /^photos\/ada\/[0-9a-f-]{36}\.jpg$/)
      assert.equal(size, photo.size)
      const told = await relay.next()
      assert.equal(told.status, 200)
      // It may come twice, and counts once.
      assert.equal(await told.again(), 200)
      assert.deepEqual(await call('/mine'), { status: 200, body: [key] })
      assert.deepEqual(await call('/mine', { session: 'session-of-ben' }), { status: 200, body: [] })
    })

    test('what is no webhook of the service changes nothing', async () => {
      const { key } = await upload(photo, options())
      const told = await relay.next()
      const other = Buffer.from(String(told.body).replace(key, 'photos/ada/other.jpg'))
      const seconds = Math.floor(Date.now() / 1000)
      const signedAt = (time) => ({ headers: signed(told, String(time)) })
      const unsigned = { ...told.headers, 'webhook-signature': 'v1,AAAA v1,' }
      const forged = [{ body: other }, { headers: unsigned }, { headers: {} }]
      for (const change of [...forged, signedAt(seconds - 600), signedAt(seconds + 600), signedAt('soon')]) {
        assert.equal(await told.again(change), 401, JSON.stringify(change))
      }
      assert.equal(await told.again(signedAt(seconds)), 200)
      assert.ok(!(await call('/mine')).body.includes('photos/ada/other.jpg'))
    })

    test('what was taken back is gone', async () => {
      const wish = { fileName: 'b.jpg', size: 10, contentType: 'image/jpeg', preset: 'other', subject: 'ben' }
      const issued = await call('/uploads', { method: 'POST', body: JSON.stringify(wish) })
      assert.equal(issued.status, 201, JSON.stringify(issued.body))
      const { id, key, put } = issued.body
      assert.match(key, /^photos\/ada\//)
      await fetch(put.url, { method: 'PUT', headers: put.headers, body: bytes(10) })
      assert.equal((await call(`/uploads/${id}/complete`, { method: 'POST' })).status, 200)
      await relay.next()
      assert.ok((await call('/mine')).body.includes(key))
      assert.equal((await call(`/uploads/${id}`, { method: 'DELETE' })).status, 204)
      await relay.next()
      assert.ok(!(await call('/mine')).body.includes(key))
    })

    test('nobody else gets through, and nothing else', async () => {
      const refused = upload(photo, options({ headers: {} }))
      await assert.rejects(refused, { name: 'UploadError', status: 401, message: 'Sign in first.' })
      assert.equal((await call('/mine', { session: 'session-of-eve' })).status, 401)
      const closed = ['/', '/uploads/', '/uploads/%2e%2e/downloads', '/uploads/a/events', '/uploads/a?b', '/v1/uploads']
      for (const path of closed) {
        assert.equal((await call(path, { method: 'POST', body: '{}' })).status, 404, path)
      }
      assert.equal((await call('/uploads/forged')).body.code, 'invalid_upload_id')
      const text = new File(['text'], 'a.txt', { type: 'text/plain' })
      await assert.rejects(upload(text, options()), { code: 'type_not_accepted', hint: /./ })
    })
  })
}
