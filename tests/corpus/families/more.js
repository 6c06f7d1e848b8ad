// The same causes once more, with other values: a list that names only what stands
// in the other families is no search.

import { AWS4, AXIOS, BOTO3, CHROMIUM, CURL, FETCH, HANDWRITTEN, MINIO_JS, MINIO_PY, NODE, REQUESTS, V2, V3, both, certain, unknown } from '../lib/names.js'
import { KEYS } from '../lib/signers.js'

export default async function ({ signers, carriers, add }) {
  const put = { method: 'PUT', body: new Uint8Array(3) }
  const dropped = async (Key, ContentType) => {
    const url = await signers.boto3('put_object', { Key, ContentType })
    add({
      name: `content-type-of-${Key.split('.').pop()}-dropped-boto3`,
      signer: BOTO3,
      broken_by: 'The bytes are sent without a type; the key tells which it was.',
      captured_by: FETCH,
      request: await carriers.fetch(url, put),
      expect: certain('content_type', 'content-type', ContentType, null),
    })
  }
  await dropped('letters/offer.docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document')
  await dropped('clips/IMG_0042.mov', 'video/quicktime')
  await dropped('IMG_0042.HEIC', 'image/heic')
  await dropped('tables/sales.csv', 'text/csv')
  await dropped('logo.svg', 'image/svg+xml')
  await dropped('talk.mp3', 'audio/mpeg')
  await dropped('inter.woff2', 'font/woff2')

  const other = async (name, signed, arrived) => {
    const { url, headers } = await signers.aws4('PUT', '/uploads/8d1f7c3e', { 'Content-Type': signed })
    add({
      name: `content-type-${name}-aws4`,
      signer: AWS4,
      broken_by: 'The key has no ending; backend and page guess the type each in its own way.',
      captured_by: AXIOS,
      request: await carriers.axios({ method: 'put', url, data: Buffer.from('x'), headers: { 'Content-Type': arrived } }),
      good: await carriers.axios({ method: 'put', url, data: Buffer.from('x'), headers }),
      expect: certain('content_type', 'content-type', signed, arrived),
    })
  }
  await other('webp-as-jpeg', 'image/webp', 'image/jpeg')
  await other('octet-stream-as-pdf', 'application/octet-stream', 'application/pdf')
  await other('binary-octet-stream', 'binary/octet-stream', 'application/octet-stream')
  await other('multipart-without-boundary', 'multipart/form-data', 'image/png')
  await other('charset-iso', 'text/csv', 'text/csv; charset=iso-8859-1')
  await other('wildcard', 'image/*', 'image/png')

  // Hosts.
  const moved = async (name, signer, from, to, broken_by, more = {}) => {
    const url = await signers.minioPy('GET', 'a.png', { endpoint: `http://${from}` })
    add({
      name: `host-${name}-minio-py`,
      signer,
      broken_by,
      captured_by: CURL,
      request: await carriers.curl(url, '-H', `Host: ${to}`),
      expect: certain('host', 'host', from, to),
      ...more,
    })
  }
  await moved('docker-internal', MINIO_PY, 'host.docker.internal:9000', 'localhost:9000', 'Signed in a container for the name of the host, opened on the host.')
  await moved('any-address', MINIO_PY, '0.0.0.0:9000', 'localhost:9000', 'The address to listen on was taken for an address to connect to.')
  await moved('port-published', MINIO_PY, 'localhost:9000', 'localhost:32768', 'Docker publishes port 9000 on another one.')
  await moved('public-name-known', MINIO_PY, 'cdn.example.org', 'origin-7.internal:7601', 'A CDN puts the name of the origin into Host.', { hosts: ['cdn.example.org', 'www.example.org'] })
  await moved('port-of-tls', MINIO_PY, 's3.example.org:443', 's3.example.org', 'The default port is in the configuration and no client sends it.')

  // Paths.
  let url = await signers.boto3('get_object', { Key: 'a+b/c+d.png' })
  add({
    name: 'path-plus-read-as-space-boto3',
    signer: BOTO3,
    broken_by: 'A gateway reads `+` in a path as a space, as it is in a form.',
    captured_by: CURL,
    request: await carriers.curl(url.replace(/^[^?]*/, (path) => path.replaceAll('%2B', '%20'))),
    good: await carriers.curl(url),
    expect: certain('path_encoding', 'path'),
  })
  url = await signers.minio('GET', 'café/menu.pdf')
  add({
    name: 'path-in-latin-1-minio-js',
    signer: MINIO_JS,
    broken_by: 'An old client writes é as one byte of Latin-1.',
    captured_by: CURL,
    request: await carriers.curl(url.replace('%C3%A9', '%E9')),
    good: await carriers.curl(url),
    expect: { cause: 'path_encoding', certainty: 'certain', part: 'path' },
  })
  url = await signers.v3('GetObject', { Key: 'a/b/c.txt' })
  add({
    name: 'path-prefix-of-two-added-sdk-v3',
    signer: V3,
    broken_by: 'A gateway puts its two path segments before.',
    captured_by: CURL,
    request: await carriers.curl(url.replace('/uploads/', '/api/v1/uploads/')),
    expect: certain('path_rewritten', 'path'),
  })
  url = await signers.v2('getObject', { Key: 'a/b/c.txt' }, { endpoint: 'http://uploads.storage.test:9000', style: 'path' })
  add({
    name: 'path-bucket-taken-off-sdk-v2',
    signer: V2,
    broken_by: 'The host begins with the bucket, so a gateway takes it off the path.',
    captured_by: CURL,
    request: await carriers.curl(url.replace('9000/uploads/', '9000/')),
    expect: certain('path_rewritten', 'path'),
  })

  // Queries.
  url = await signers.boto3('get_object', { Key: 'a.png' })
  add({
    name: 'several-tracking-parameters-boto3',
    signer: BOTO3,
    broken_by: 'A campaign adds three parameters at once.',
    captured_by: CURL,
    request: await carriers.curl(`${url}&utm_source=mail&utm_medium=email&utm_campaign=winter`),
    expect: { cause: 'query_added', certainty: 'certain' },
  })
  add({
    name: 'fragment-encoded-boto3',
    signer: BOTO3,
    broken_by: 'A full stop at the end of a sentence was taken for a part of the link.',
    captured_by: CURL,
    request: await carriers.curl(`${url}.`),
    expect: certain(['query_changed', 'url_wrapped', 'malformed']),
  })
  add({
    name: 'angle-bracket-at-end-boto3',
    signer: BOTO3,
    broken_by: 'The link stood in `<…>`, and the closing bracket was taken along.',
    captured_by: CURL,
    request: await carriers.curl(`${url}%3E`),
    expect: certain(['query_changed', 'url_wrapped', 'malformed']),
  })
  url = await signers.boto3('list_objects_v2', { MaxKeys: 50, Prefix: 'a b/' })
  add({
    name: 'query-value-encoded-twice-boto3',
    signer: BOTO3,
    broken_by: 'One value was encoded by hand and then by the library.',
    captured_by: CURL,
    request: await carriers.curl(url.replace('prefix=a%20b%2F', 'prefix=a%2520b%252F')),
    good: await carriers.curl(url),
    expect: { cause: 'query_changed', certainty: 'certain', part: 'prefix' },
  })

  // Header-signed requests.
  const sends = (change, headers = { 'x-amz-acl': 'private' }) =>
    signers.aws4Sends('PUT', '/uploads/a.txt', headers, { body: 'hello', change: (signed) => change(signed) })
  add({
    name: 'method-changed-aws4-header',
    signer: 'aws4 1.13.2 Authorization header',
    broken_by: 'The method is given to the client apart, and is another there.',
    captured_by: NODE,
    request: await sends((signed) => (signed.method = 'POST')),
    good: await sends(() => {}),
    expect: certain('method', 'method', 'PUT', 'POST'),
  })
  add({
    name: 'acl-removed-aws4-header',
    signer: 'aws4 1.13.2 Authorization header',
    broken_by: 'A gateway takes x-amz-acl off, for the bucket allows none.',
    captured_by: NODE,
    request: await sends((signed) => delete signed.headers['x-amz-acl']),
    expect: certain('acl', 'x-amz-acl', 'private', null),
  })
  add({
    name: 'query-added-aws4-header',
    signer: 'aws4 1.13.2 Authorization header',
    broken_by: 'An interceptor adds the API version to each request.',
    captured_by: NODE,
    request: await sends((signed) => (signed.path += '?api-version=2')),
    expect: certain('query_added', 'api-version', null, '2'),
  })
  add({
    name: 'host-changed-handwritten-header',
    signer: HANDWRITTEN,
    broken_by: 'Signed for the name that the backend knows, sent to the one that the VPN knows.',
    captured_by: NODE,
    hosts: ['files.example.org'],
    request: await signers.http(await (async () => {
      const request = await signers.handwritten('GET', '/uploads/a.txt', {}, '', { endpoint: 'http://files.example.org' })
      const headers = Object.fromEntries(request.headers.map(([name, value]) => [name, name === 'host' ? '10.8.0.1:7601' : value]))
      return { path: '/uploads/a.txt', headers }
    })()),
    expect: certain('host', 'host', 'files.example.org', '10.8.0.1:7601'),
  })

  // Pairs.
  url = await signers.boto3('put_object', { Key: 'a.mov', ContentType: 'video/quicktime' }, { keys: { ...KEYS, secret_key: `${KEYS.secret_key}\n` } })
  add({
    name: 'secret-newline-and-content-type-boto3',
    signer: BOTO3,
    broken_by: 'The secret was read with its line break, and the type was not sent.',
    captured_by: REQUESTS,
    request: await carriers.requests('PUT', url, { body: 'x' }),
    expect: both('secret_whitespace', 'content_type'),
  })
  url = await signers.v3('PutObject', { Key: 'a.png', ContentLength: 4000 }, { endpoint: 'http://minio:9000' })
  add({
    name: 'form-overhead-and-host-sdk-v3',
    signer: V3,
    broken_by: 'A form is sent in place of the file, to the other name of the storage.',
    captured_by: CHROMIUM,
    hosts: ['minio:9000'],
    request: await carriers.browser(({ url }) => {
      const form = new FormData()
      form.append('file', new Blob(['x'.repeat(4000)]), 'a.png')
      return fetch(url, { method: 'PUT', body: form })
    }, { url: url.replace('//minio:9000', '//localhost:9000') }),
    expect: { certainty: ['certain', 'likely', 'unknown'], suspects: ['content_length'] },
  })
  url = await signers.minio('GET', 'a b.png')
  add({
    name: 'path-and-port-minio-js',
    signer: MINIO_JS,
    broken_by: 'The path was encoded twice by a gateway that also drops the port.',
    captured_by: CURL,
    hosts: ['storage.test:9000'],
    request: await carriers.curl(url.replace('%20', '%2520'), '-H', 'Host: storage.test'),
    expect: both('path_encoding', 'host'),
  })

  // Not to be guessed.
  url = await signers.v3('PutObject', { Key: 'a.png', ACL: 'public-read' })
  add({
    name: 'acl-in-query-made-up-sdk-v3',
    signer: V3,
    broken_by: 'The key and the ACL in the query were both edited.',
    captured_by: FETCH,
    request: await carriers.fetch(url.replace('a.png', 'b.png').replace('public-read', 'private'), put),
    expect: unknown,
  })
  url = await signers.boto3('get_object', { Key: 'a.png' }, { region: 'us-east-1' })
  add({
    name: 'scope-edited-boto3',
    signer: BOTO3,
    broken_by: 'Somebody saw the refusal of the region and wrote the right one into the link.',
    captured_by: CURL,
    region: 'eu-north-1',
    request: await carriers.curl(url.replace('us-east-1', 'eu-north-1')),
    expect: { certainty: ['certain', 'unknown'], cause: ['region', 'secret', 'query_changed'] },
  })
}
