// An application whose signed-in users upload. It makes their calls to the service, so the API key stays here; the
// bytes go from the browser straight to the storage; a webhook tells what has arrived.

import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { verify } from './webhook.js'

const { PORT = '3000', SERVICE = 'http://127.0.0.1:7600', API_KEY = 'a-key-for-development' } = process.env
const { WEBHOOK_SECRET = 'whsec_Zm9yIGRldmVsb3BtZW50IG9uIHRoaXMgbWFjaGluZQ==' } = process.env
const sessions = new Map([['session-of-ada', 'ada'], ['session-of-ben', 'ben']])
/** Keys of uploaded files by user: a table of your database. */
const files = new Map([...sessions.values()].map((user) => [user, new Set()]))

async function answer({ method, url, headers }, body) {
  if (url === '/hooks/uploads') return verify(WEBHOOK_SECRET, headers, body) ? hear(JSON.parse(body)) : [401]
  const user = sessions.get(/(?:^|; )session=([\w-]+)/.exec(headers.cookie)?.[1])
  if (!user) return [401, { detail: 'Sign in first.' }]
  if (url === '/mine') return [200, [...files.get(user)]]
  // The calls of an upload, and no other that the key is good for.
  if (!/^\/(diagnose|uploads(\/[\w-]+(\/(parts|complete))?)?)$/.test(url)) return [404, { detail: 'Nothing is here.' }]
  if (url === '/uploads') body = JSON.stringify({ ...JSON.parse(body), preset: 'photo', subject: user })
  const sent = new Headers({ authorization: `Bearer ${API_KEY}` })
  for (const name of ['content-type', 'origin']) if (headers[name]) sent.set(name, headers[name])
  const got = await fetch(`${SERVICE}/v1${url}`, { method, headers: sent, body: body || undefined })
  return [got.status, await got.json().catch(() => undefined)]
}

/** What has become of an upload. The service may tell it twice. */
function hear({ type, data: { subject, key } }) {
  if (type === 'upload.completed') files.get(subject)?.add(key)
  if (type === 'upload.aborted') files.get(subject)?.delete(key)
  return [200]
}

const server = createServer(async (request, response) => {
  const failed = ({ message }) => [502, { detail: message }]
  const [status, body = {}] = await text(request).then((body) => answer(request, body)).catch(failed)
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
})
server.listen(Number(PORT), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
