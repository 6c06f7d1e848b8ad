// The host: internal against public, with and without port, and what proxies make of it.

import { AWS4, AXIOS, BOTO3, BOTO3_SENDS, CURL, FETCH, MINIO_JS, MINIO_PY, NGINX, NODE, V2, V3, certain, unknown } from '../lib/names.js'

export default async function ({ signers, carriers, add }) {
  const Key = 'photos/beach.png'
  const host = (signed, arrived) => certain('host', 'host', signed, arrived)
  const swap = (url, from, to) => url.replace(`//${from}/`, `//${to}/`)

  let url = await signers.boto3('get_object', { Key }, { endpoint: 'http://minio:9000' })
  add({
    name: 'host-internal-name-boto3',
    signer: BOTO3,
    broken_by: 'Signed in a container for the name that the storage has there; the host of the URL was replaced for the browser (minio/minio#10222).',
    captured_by: CURL,
    hosts: ['minio:9000', 'files.example.org'],
    request: await carriers.curl(swap(url, 'minio:9000', 'files.example.org')),
    good: await carriers.curl(url),
    expect: host('minio:9000', 'files.example.org'),
  })
  url = await signers.minio('PUT', Key, { endpoint: 'http://minio:9000' })
  add({
    name: 'host-localhost-minio-js',
    signer: MINIO_JS,
    broken_by: 'Signed in a container for `minio:9000`; the page was given `localhost:9000`.',
    captured_by: FETCH,
    hosts: ['minio:9000'],
    request: await carriers.fetch(swap(url, 'minio:9000', 'localhost:9000'), { method: 'PUT', body: 'x' }),
    good: await carriers.fetch(url, { method: 'PUT', body: 'x' }),
    expect: host('minio:9000', 'localhost:9000'),
  })
  url = await signers.v3('PutObject', { Key }, { endpoint: 'http://localhost:7601' })
  add({
    name: 'host-loopback-address-sdk-v3',
    signer: V3,
    broken_by: 'Signed for `localhost`, sent to 127.0.0.1, which is the same place and another name.',
    captured_by: CURL,
    request: await carriers.curl(swap(url, 'localhost:7601', '127.0.0.1:7601'), '-T', '.npmrc'),
    expect: host('localhost:7601', '127.0.0.1:7601'),
  })
  url = await signers.minioPy('GET', Key)
  add({
    name: 'host-port-dropped-minio-py',
    signer: MINIO_PY,
    broken_by: 'nginx passes `Host $host` on, and `$host` has no port.',
    captured_by: NGINX,
    hosts: ['storage.test:9000'],
    request: await carriers.throughNginx('portless', url),
    good: await carriers.throughNginx('right', url),
    expect: host('storage.test:9000', 'storage.test'),
  })
  add({
    name: 'host-port-dropped-boto3-header',
    signer: BOTO3_SENDS,
    broken_by: 'nginx passes `Host $host` on, and `$host` has no port. The port is a usual one, and nobody told the server its public name.',
    captured_by: 'nginx, boto3 before it',
    request: await signers.boto3Sends('list_objects_v2', {}, { port: await carriers.nginxPort('portless') }),
    expect: host('storage.test:9000', 'storage.test'),
  })
  url = await signers.aws4('GET', `/uploads/${Key}`, {}, { endpoint: 'http://files.example.org' })
  add({
    name: 'host-port-added-aws4',
    signer: AWS4,
    broken_by: 'A client writes the default port into the Host header.',
    captured_by: NODE,
    request: await signers.http({
      host: 'files.example.org',
      path: new URL(url.url).pathname + new URL(url.url).search,
      headers: { Host: 'files.example.org:80' },
    }),
    expect: host('files.example.org', 'files.example.org:80'),
  })
  url = await signers.v2('getObject', { Key })
  add({
    name: 'host-upstream-name-sdk-v2',
    signer: V2,
    broken_by: 'nginx without `proxy_set_header Host` sends the name of its upstream.',
    captured_by: NGINX,
    hosts: ['storage.test:9000'],
    request: await carriers.throughNginx('forgetful', url),
    expect: host('storage.test:9000', 'minio'),
  })
  add({
    name: 'host-in-forwarded-header-sdk-v2',
    signer: V2,
    broken_by: 'nginx sends the name of its upstream as Host, and the public one beside it in X-Forwarded-Host.',
    captured_by: NGINX,
    request: await carriers.throughNginx('forwarded', url),
    expect: host('storage.test:9000', 'minio'),
  })

  const aws = { endpoint: 'https://s3.eu-west-3.amazonaws.com', region: 'eu-west-3' }
  url = await signers.boto3('get_object', { Key }, { ...aws, style: 'virtual' })
  add({
    name: 'host-virtual-to-path-style-boto3',
    signer: BOTO3,
    broken_by: 'The URL was rewritten from virtual-host to path style, for a certificate that has no wildcard.',
    captured_by: CURL,
    region: 'eu-west-3',
    request: await carriers.curl(url.replace('//uploads.s3.eu-west-3.amazonaws.com/', '//s3.eu-west-3.amazonaws.com/uploads/')),
    good: await carriers.curl(url),
    expect: host('uploads.s3.eu-west-3.amazonaws.com', 's3.eu-west-3.amazonaws.com'),
  })
  url = await signers.v3('GetObject', { Key }, { ...aws, style: 'path' })
  add({
    name: 'host-path-to-virtual-style-sdk-v3',
    signer: V3,
    broken_by: 'The URL was rewritten from path to virtual-host style.',
    captured_by: FETCH,
    region: 'eu-west-3',
    request: await carriers.fetch(url.replace('//s3.eu-west-3.amazonaws.com/uploads/', '//uploads.s3.eu-west-3.amazonaws.com/')),
    good: await carriers.fetch(url),
    expect: host('s3.eu-west-3.amazonaws.com', 'uploads.s3.eu-west-3.amazonaws.com'),
  })
  url = await signers.boto3('get_object', { Key }, { ...aws, endpoint: 'https://s3.amazonaws.com', style: 'virtual' })
  add({
    name: 'host-regional-endpoint-boto3',
    signer: BOTO3,
    broken_by: 'Signed for the global endpoint, sent to that of the region, where a redirect points.',
    captured_by: CURL,
    region: 'eu-west-3',
    request: await carriers.curl(url.replace('//uploads.s3.amazonaws.com/', '//uploads.s3.eu-west-3.amazonaws.com/')),
    expect: host('uploads.s3.amazonaws.com', 'uploads.s3.eu-west-3.amazonaws.com'),
  })

  url = await signers.aws4('GET', `/uploads/${Key}`, {}, { endpoint: 'http://files.example.org' })
  add({
    name: 'host-http2-authority-aws4',
    signer: AWS4,
    broken_by: 'An HTTP/2 proxy keeps one connection to `minio:9000` and writes that as the authority.',
    captured_by: 'Node http2',
    hosts: ['files.example.org'],
    request: await carriers.http2(url.url, 'minio:9000', 'GET'),
    good: await carriers.http2(url.url, 'files.example.org', 'GET'),
    expect: host('files.example.org', 'minio:9000'),
  })
  url = await signers.v3('GetObject', { Key }, { endpoint: 'http://files.example.org' })
  add({
    name: 'host-http2-authority-sdk-v3',
    signer: V3,
    broken_by: 'An HTTP/2 client writes the port that it connects to into the authority.',
    captured_by: 'Node http2',
    request: await carriers.http2(url, 'files.example.org:443', 'GET'),
    expect: host('files.example.org', 'files.example.org:443'),
  })
  url = await signers.boto3('get_object', { Key }, { endpoint: 'http://old-nas.internal:9000' })
  add({
    name: 'host-unheard-of-boto3',
    signer: BOTO3,
    broken_by: 'Signed for a name that the server has never heard of.',
    captured_by: AXIOS,
    request: await carriers.axios({ url: swap(url, 'old-nas.internal:9000', 'files.example.org') }),
    expect: unknown,
  })
}
