// Rarer breaks: what mail, chat, proxies and slips in a line of JavaScript do.

import { KEYS, OTHER } from '../lib/signers.js'
import { AWS4, AXIOS, BOTO3, CURL, FETCH, MINIO_JS, MINIO_PY, NGINX, NODE, REQUESTS, V2, V3, certain } from '../lib/names.js'

export default async function ({ signers, carriers, add }) {
  const Key = 'photos/beach.png'
  const get = await signers.boto3('get_object', { Key })
  const good = await carriers.curl(get)

  // Types and ACLs that a script made of nothing.
  const nothing = async (slug, signed, broken_by) => {
    const { url } = await signers.aws4('PUT', `/uploads/${Key}`, { 'Content-Type': signed })
    add({
      name: `content-type-${slug}-signed-aws4`,
      signer: AWS4,
      broken_by,
      captured_by: FETCH,
      request: await carriers.fetch(url, { method: 'PUT', body: 'x', headers: { 'content-type': 'image/png' } }),
      // An empty type and none are the same to whoever reads it.
      expect: certain('content_type', 'content-type', signed || ['', null], 'image/png'),
    })
  }
  await nothing('undefined', 'undefined', 'The type was asked for by another name and is `undefined`, as a text.')
  await nothing('null', 'null', 'The type is null, and was put into a text.')
  await nothing('empty', '', 'The File had no type, so nothing was signed as the type.')

  // The text of the URL.
  const text = async (slug, broken_by, change, cause, certainty = 'certain') =>
    add({ name: `${slug}-boto3`, signer: BOTO3, broken_by, captured_by: CURL, request: await carriers.curl(change(get), '-g'), good, expect: { cause, certainty } })
  await text('html-escaped-once-only', '`url.replace("&", "&amp;")` replaces the first alone.', (url) => url.replace('&', '&amp;'), 'html_escaped')
  await text('markdown-escaped', 'Markdown writes `_` as `\\_`.', (url) => url.replace('aws4_request', 'aws4\\_request'), ['query_changed', 'malformed', 'url_wrapped'])
  await text('quote-at-end', 'The closing quote was taken along.', (url) => `${url}%22`, ['query_changed', 'url_wrapped', 'malformed'])
  await text('bracket-at-end', 'A link of Markdown: the closing bracket was taken along.', (url) => `${url})`, ['query_changed', 'url_wrapped', 'malformed'])
  await text('zero-width-space', 'A chat program puts a space of no width into long words.', (url) => url.replace(/(X-Amz-Signature=.{30})/, '$1%E2%80%8B'), ['url_wrapped', 'query_changed', 'malformed'])
  await text('quoted-printable', 'A mail was read as it stands on the wire: `=` is `=3D`.', (url) => url.replace(/^([^?]*)\?(.*)$/, (_, path, query) => `${path}?${query.replaceAll('=', '=3D')}`), ['query_changed', 'malformed', 'url_wrapped', 'html_escaped'], ['certain', 'likely'])
  await text('tab-in-credential', 'A table cell was pasted with its tab.', (url) => url.replace('aws4_request', 'aws4_request%09'), 'url_wrapped')

  // Methods.
  const put = await signers.rusty('put', 'a.txt')
  add({
    name: 'method-in-lower-case-rusty-s3',
    signer: 'rusty-s3 0.11.0',
    broken_by: 'A client sends the method as it was written.',
    captured_by: CURL,
    request: await carriers.curl(put, '-X', 'put', '--data-binary', 'x'),
    good: await carriers.curl(put, '-X', 'PUT', '--data-binary', 'x'),
    expect: certain('method', 'method', 'PUT', 'put'),
  })

  // Hosts.
  const host = async (slug, signer, url, from, to, broken_by, more = {}) =>
    add({ name: `host-${slug}`, signer, broken_by, captured_by: CURL, request: await carriers.curl(url, '-H', `Host: ${to}`), expect: certain('host', 'host', from, to), ...more })
  await host('in-capitals-minio-js', MINIO_JS, await signers.minio('GET', Key), 'storage.test:9000', 'Storage.Test:9000', 'A client sends the host as somebody typed it.')
  await host('with-dot-minio-py', MINIO_PY, await signers.minioPy('GET', Key), 'storage.test:9000', 'storage.test.:9000', 'A name with the dot of the root.')
  const region = { region: 'eu-west-3' }
  const aws = await signers.boto3('get_object', { Key }, { ...region, endpoint: 'https://s3.eu-west-3.amazonaws.com', style: 'virtual' })
  await host('accelerated-boto3', BOTO3, aws, 'uploads.s3.eu-west-3.amazonaws.com', 'uploads.s3-accelerate.amazonaws.com', 'The host was replaced by the accelerated one.', region)
  await host('dualstack-boto3', BOTO3, aws, 'uploads.s3.eu-west-3.amazonaws.com', 'uploads.s3.dualstack.eu-west-3.amazonaws.com', 'The host was replaced by the one with IPv6.', region)
  add({
    name: 'host-in-forwarded-boto3',
    signer: BOTO3,
    broken_by: 'A proxy sends its upstream as Host and the public name in Forwarded (RFC 7239).',
    captured_by: CURL,
    request: await carriers.curl(get, '-H', 'Host: 10.0.3.7:7601', '-H', 'Forwarded: for=192.0.2.7;host="storage.test:9000";proto=https'),
    good,
    expect: certain('host', 'host', 'storage.test:9000', '10.0.3.7:7601'),
  })

  // Paths.
  let url = await signers.v3('GetObject', { Key })
  add({
    name: 'path-slash-doubled-sdk-v3',
    signer: V3,
    broken_by: 'A base URL that ends with a slash and a path that begins with one.',
    captured_by: CURL,
    request: await carriers.curl(url.replace('9000/uploads', '9000//uploads')),
    good: await carriers.curl(url),
    expect: certain('path_rewritten', 'path'),
  })

  // Headers on the way.
  const all = async (headers) => {
    const signed = await signers.aws4fetch('http://storage.test:9000/uploads/a.png', { headers }, { allHeaders: true, service: 's3' })
    const without = (left) => [...signed.headers].flatMap(([name, value]) => (name === left ? [] : ['-H', `${name}: ${value}`]))
    return { url: signed.url, args: without(), without }
  }
  let sent = await all({ 'accept-encoding': 'identity' })
  add({
    name: 'accept-encoding-removed-aws4fetch',
    signer: 'aws4fetch 1.0.20 Authorization header, allHeaders',
    broken_by: 'A proxy takes Accept-Encoding off, to see answers in plain.',
    captured_by: CURL,
    request: await carriers.curl(sent.url, ...sent.without('accept-encoding')),
    good: await carriers.curl(sent.url, ...sent.args),
    expect: certain('header', 'accept-encoding', 'identity', null),
  })
  sent = await all({ 'user-agent': 'acme-uploader/3.1 (build 7712)' })
  add({
    name: 'user-agent-changed-aws4fetch',
    signer: 'aws4fetch 1.0.20 Authorization header, allHeaders',
    broken_by: 'A proxy writes its own name into User-Agent, which was signed.',
    captured_by: CURL,
    request: await carriers.curl(sent.url, ...sent.without('user-agent'), '-H', 'user-agent: corporate-proxy/1.0'),
    good: await carriers.curl(sent.url, ...sent.args),
    expect: { certainty: ['unknown', 'likely'], suspects: ['header'] },
  })
  url = await signers.rusty('put', 'a.txt', { headers: { expect: '100-continue' } })
  add({
    name: 'expect-removed-rusty-s3',
    signer: 'rusty-s3 0.11.0',
    broken_by: 'Expect is for the next hop, and a proxy does not pass it on.',
    captured_by: FETCH,
    request: await carriers.fetch(url, { method: 'PUT', body: 'x' }),
    expect: { cause: 'header', certainty: ['certain', 'likely'], part: 'expect', arrived: null },
  })
  url = await signers.boto3('put_object', { Key, CacheControl: 'no-cache, no-store' })
  add({
    name: 'header-split-in-two-boto3',
    signer: BOTO3,
    broken_by: 'A list was sent as two headers; they are joined without the space.',
    captured_by: CURL,
    request: await carriers.curl(url, '-T', '.npmrc', '-H', 'Cache-Control: no-cache', '-H', 'Cache-Control: no-store'),
    good: await carriers.curl(url, '-T', '.npmrc', '-H', 'Cache-Control: no-cache, no-store'),
    expect: { cause: 'header', certainty: 'certain', part: 'cache-control', signed: 'no-cache, no-store' },
  })
  url = await signers.boto3('put_object', { Key, ContentMD5: 'XrY7u+Ae7tCTyyK7j1rNww==' })
  add({
    name: 'content-md5-dropped-boto3',
    signer: BOTO3,
    broken_by: 'Rails and others sign the MD5 of the file; the page does not send it.',
    captured_by: FETCH,
    request: await carriers.fetch(url, { method: 'PUT', body: 'hello world' }),
    good: await carriers.fetch(url, { method: 'PUT', body: 'hello world', headers: { 'content-md5': 'XrY7u+Ae7tCTyyK7j1rNww==' } }),
    expect: { cause: ['header', 'checksum'], certainty: 'likely', part: 'content-md5', arrived: null },
  })
  url = await signers.boto3('put_object', { Key, ContentEncoding: 'gzip' })
  add({
    name: 'content-encoding-dropped-boto3',
    signer: BOTO3,
    broken_by: 'The encoding is signed, the client leaves it out.',
    captured_by: REQUESTS,
    request: await carriers.requests('PUT', url, { body: 'x' }),
    expect: { cause: 'header', certainty: ['certain', 'likely'], part: 'content-encoding', arrived: null },
  })

  add({
    name: 'header-sent-twice-aws4fetch',
    signer: 'aws4fetch 1.0.20 Authorization header, allHeaders',
    broken_by: 'A gateway adds its User-Agent to the one that is there and signed.',
    captured_by: CURL,
    request: await carriers.curl(sent.url, ...sent.args, '-H', 'user-agent: gateway/1.0'),
    expect: certain('header', 'user-agent', 'acme-uploader/3.1 (build 7712)'),
  })

  // Edited links.
  add({
    name: 'signed-headers-edited-boto3',
    signer: BOTO3,
    broken_by: 'Somebody read that the type must be signed and wrote it into the list.',
    captured_by: CURL,
    request: await carriers.curl(get.replace('SignedHeaders=host', 'SignedHeaders=content-type%3Bhost'), '-H', 'Content-Type: image/png'),
    expect: { certainty: ['unknown', 'certain'], cause: ['secret', 'query_changed', 'content_type'] },
  })
  add({
    name: 'version-id-added-sdk-v2',
    signer: V2,
    broken_by: 'An older version was asked for in a link that was signed without.',
    captured_by: AXIOS,
    request: await carriers.axios({ url: await signers.v2('getObject', { Key }), params: { versionId: 'yVJ4Tq0LrXkqbHSm' } }),
    expect: certain('query_added', 'versionId', null, 'yVJ4Tq0LrXkqbHSm'),
  })

  // Traps: breaks that look like others.
  const trap = async (name, signer, broken_by, request, expect, more = {}) =>
    add({ name, signer, broken_by, captured_by: CURL, request: await request, expect, ...more })
  url = await signers.boto3('get_object', { Key: 'a b.png' })
  await trap('key-of-plus-for-key-of-space-boto3', BOTO3, 'The key was renamed, from a space to a plus, which stands encoded in the path.',
    carriers.curl(url.replace('%20', '%2B')), { certainty: ['certain', 'unknown'], cause: ['path_encoding', 'secret'] })
  url = await signers.boto3('upload_part', { Key, UploadId: 'VXBsb2FkIElE', PartNumber: 1 })
  await trap('part-number-far-off-boto3', BOTO3, 'The link of the first part for part 8000.',
    carriers.curl(url.replace('partNumber=1', 'partNumber=8000'), '-T', '.npmrc'), certain('query_changed', 'partNumber', '1', '8000'))
  url = await signers.boto3('upload_part', { Key, UploadId: 'VXBsb2FkIElE', PartNumber: 7312 })
  await trap('part-number-not-to-be-guessed-boto3', BOTO3, 'The link of part 7312 for part 9.',
    carriers.curl(url.replace('partNumber=7312', 'partNumber=9'), '-T', '.npmrc'), { certainty: 'unknown', suspects: ['query_changed'] })
  url = await signers.v3('PutObject', { Key }, { keys: OTHER })
  await trap('key-swapped-in-credential-sdk-v3', V3, 'The key in the link was replaced by another known one.',
    carriers.curl(url.replace(OTHER.access_key, KEYS.access_key), '-T', '.npmrc'),
    { certainty: ['certain', 'unknown'], cause: ['other_key', 'query_changed', 'secret'] }, { credentials: [KEYS, OTHER] })
  url = await signers.minio('PUT', Key, { expires: 1234 })
  await trap('expires-not-to-be-guessed-minio-js', MINIO_JS, 'An odd lifetime was replaced by another.',
    carriers.curl(url.replace('Expires=1234', 'Expires=4321'), '-T', '.npmrc'), { certainty: 'unknown' })
  url = await signers.boto3('put_object', { Key: 'a.png', ContentType: 'image/png', Metadata: { id: 'f81d4fae' } })
  await trap('metadata-and-type-dropped-boto3', BOTO3, 'Neither of two signed headers was sent, and one of them cannot be guessed.',
    carriers.curl(url, '-T', '.npmrc'), { certainty: 'likely', cause: ['metadata', 'content_type'], suspects: ['metadata', 'content_type'] })
  url = await signers.boto3('put_object', { Key: 'a.png', Metadata: { id: 'f81d4fae' } })
  await trap('metadata-dropped-and-host-boto3', BOTO3, 'A signed header was not sent, to another host as well: what is absent is all that can be seen.',
    carriers.curl(url, '-T', '.npmrc', '-H', 'Host: elsewhere.example.org'), { certainty: ['likely', 'unknown'], suspects: ['metadata'] })
  await trap('expired-and-broken-boto3', BOTO3, 'Expired, and the type is another one too: renewing it is the first thing.',
    carriers.curl(await signers.boto3('put_object', { Key, ContentType: 'image/png' }), '-T', '.npmrc', '-H', 'Content-Type: text/plain'),
    { certainty: 'certain', suspects: ['expired'] }, { now: '20260115T130000Z' })
  await trap('expired-with-wrong-secret-minio-py', MINIO_PY, 'Expired, and signed with a wrong secret.',
    carriers.curl(await signers.minioPy('GET', Key, { keys: { ...KEYS, secret_key: 'bm90IHRoZSBzZWNyZXQgYXQgYWxsLCByZWFsbHk' } })),
    { certainty: 'certain', suspects: ['expired'] }, { now: '20260115T130000Z' })
  await trap('region-and-secret-sdk-v2', V2, 'Another region and a wrong secret: the region shows.',
    carriers.curl(await signers.v2('getObject', { Key }, { region: 'eu-west-1', keys: { ...KEYS, secret_key: 'bm90IHRoZSBzZWNyZXQgYXQgYWxsLCByZWFsbHk' } })),
    { certainty: ['certain', 'likely'], cause: 'region' })

  // Right, though it looks odd.
  const right = async (name, signer, request, captured_by = CURL) => add({ name, signer, captured_by, request: await request, expect: null })
  await right('ampersand-at-end-boto3', BOTO3, carriers.curl(`${get}&`))
  await right('ampersands-doubled-boto3', BOTO3, carriers.curl(get.replaceAll('&', '&&')))
  await right('fragment-at-end-boto3', BOTO3, carriers.curl(`${get}#page=2`))
  await right('header-values-padded-boto3', BOTO3,
    carriers.curl(await signers.boto3('put_object', { Key, ACL: 'public-read' }), '-T', '.npmrc', '-H', 'x-amz-acl:    public-read   '))
  await right('through-nginx-aws4-header', 'aws4 1.13.2 Authorization header', signers.aws4Sends('PUT', '/uploads/a%20b.txt', { 'x-amz-acl': 'private' }, { body: 'hello', port: await carriers.nginxPort('right') }), `${NGINX.split(',')[0]}, ${NODE} before it`)
}
