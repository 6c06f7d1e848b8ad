// rusty-s3: signs each header it is given, and leaves them to whoever sends.

import { AXIOS, CHROMIUM, CURL, FETCH, NGINX, REQUESTS, RUSTY, both, certain, likely, unknown } from '../lib/names.js'
import { KEYS, OTHER, SESSION } from '../lib/signers.js'

export default async function ({ signers, carriers, add }) {
  const key = 'photos/beach 1.png'
  const rusty = (name, broken_by, captured_by, request, expect, more = {}) =>
    add({ name: `${name}-rusty-s3`, signer: RUSTY, broken_by, captured_by, request, expect, ...more })
  const get = await signers.rusty('get', key)
  const put = { method: 'PUT', body: 'x' }

  const typed = await signers.rusty('put', key, { headers: { 'content-type': 'image/png' } })
  rusty('content-type-changed', 'The page sends the type that the browser found.', CHROMIUM,
    await carriers.browser(({ url }) => fetch(url, { method: 'PUT', body: new Blob(['x'], { type: 'image/x-png' }) }), { url: typed }),
    certain('content_type', 'content-type', 'image/png', 'image/x-png'),
    { good: await carriers.fetch(typed, { ...put, headers: { 'content-type': 'image/png' } }) })
  rusty('content-type-dropped', 'The bytes are sent without a type.', FETCH,
    await carriers.fetch(typed, { method: 'PUT', body: new Uint8Array(3) }), certain('content_type', 'content-type', 'image/png', null))
  const acl = await signers.rusty('put', key, { headers: { 'x-amz-acl': 'public-read' } })
  rusty('acl-dropped', 'Signed as a header, not sent.', CURL, await carriers.curl(acl, '-T', '.npmrc'), certain('acl', 'x-amz-acl', 'public-read', null))
  const bounded = await signers.rusty('put', key, { headers: { 'content-length': '4' } })
  rusty('length-in-characters', '`text.length` of the page against the bytes of the body.', CHROMIUM,
    await carriers.browser(({ url }) => fetch(url, { method: 'PUT', body: 'naïf' }), { url: bounded }),
    certain('content_length', 'content-length', '4', '5'))
  const meta = await signers.rusty('put', key, { headers: { 'x-amz-meta-owner': 'team-7' } })
  rusty('metadata-dropped', 'Signed as a header, not sent.', FETCH, await carriers.fetch(meta, put), likely('metadata', 'x-amz-meta-owner', undefined, null))
  rusty('port-dropped', 'nginx passes `Host $host` on, and `$host` has no port.', NGINX,
    await carriers.throughNginx('portless', get), certain('host', 'host', 'storage.test:9000', 'storage.test'), { hosts: ['storage.test:9000'] })
  rusty('path-encoded-twice', 'The URL was put through an encoder once more, up to its query.', CURL,
    await carriers.curl(get.replace('%20', '%2520')), certain('path_encoding', 'path'), { good: await carriers.curl(get) })
  rusty('head-for-get', 'A link checker asks with HEAD.', REQUESTS, await carriers.requests('HEAD', get), certain('method', 'method', 'GET', 'HEAD'))
  rusty('parameter-added', 'Facebook adds fbclid to links.', CURL, await carriers.curl(`${get}&fbclid=IwAR0abc`), certain('query_added', 'fbclid', null, 'IwAR0abc'))
  rusty('html-escaped', 'Copied from the source of a page.', CURL, await carriers.curl(get.replaceAll('&', '&amp;')), certain('html_escaped'))
  rusty('url-cut', 'A chat program cut the link.', CURL, await carriers.curl(get.slice(0, -30)), { cause: 'url_truncated', certainty: ['certain', 'likely'] })
  rusty('secret-newline', '`std::fs::read_to_string` keeps the line break.', CURL,
    await carriers.curl(await signers.rusty('get', key, { keys: { ...KEYS, secret_key: `${KEYS.secret_key}\n` } })), certain('secret_whitespace', 'secret'))
  rusty('secret-of-other-key', 'Two key pairs in the environment, one half of each.', CURL,
    await carriers.curl(await signers.rusty('get', key, { keys: { ...KEYS, secret_key: OTHER.secret_key } })), certain('other_key'), { credentials: [OTHER, KEYS] })
  rusty('region-other', 'The region of the example in the documentation.', CURL, await carriers.curl(await signers.rusty('get', key, { region: 'eu-west-1' })), certain('region'))
  rusty('session-token-removed', 'The token was taken off the URL.', CURL,
    await carriers.curl((await signers.rusty('get', key, { keys: SESSION })).replace(/&X-Amz-Security-Token=[^&]*/, '')), certain('session_token'), { credentials: [SESSION] })
  rusty('expired', 'The link was kept in a cache for longer than it lives.', AXIOS, await carriers.axios({ url: get }), certain('expired'), { now: '20260115T130000Z' })
  const part = await signers.rusty('part', key, { upload_id: 'VXBsb2FkIElE' })
  rusty('part-number-changed', 'One link for all parts.', FETCH, await carriers.fetch(part.replace('partNumber=1', 'partNumber=12'), put), certain('query_changed', 'partNumber', '1', '12'))
  rusty('method-and-content-type', 'axios.post with its form type, where PUT and a type are signed.', AXIOS,
    await carriers.axios({ method: 'post', url: typed, data: 'x' }), both('method', 'content_type'))
  rusty('key-renamed', 'The same link for another file.', CURL, await carriers.curl(get.replace('beach', 'dunes')), unknown)
  rusty('right', undefined, CURL, await carriers.curl(get), null)
  rusty('right-session-token', undefined, CURL, await carriers.curl(await signers.rusty('get', key, { keys: SESSION })), null, { credentials: [SESSION] })
}
