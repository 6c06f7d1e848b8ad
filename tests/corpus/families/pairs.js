// Two things at once, as they come together.

import { AWS4, AXIOS, BOTO3, CHROMIUM, CURL, FETCH, MINIO_JS, MINIO_PY, NGINX, REQUESTS, V2, V3, both } from '../lib/names.js'
import { KEYS } from '../lib/signers.js'

export default async function ({ signers, carriers, add }) {
  const Key = 'photos/beach.png'
  const signable = { options: { signableHeaders: new Set(['content-type']) } }

  let url = await signers.boto3('put_object', { Key, ContentType: 'image/png' }, { endpoint: 'http://minio:9000' })
  add({
    name: 'host-and-content-type-boto3',
    signer: BOTO3,
    broken_by: 'Signed in a container for its own name, and the page sends the type of another file.',
    captured_by: FETCH,
    hosts: ['minio:9000'],
    request: await carriers.fetch(url.replace('//minio:9000', '//localhost:9000'), { method: 'PUT', body: 'x', headers: { 'content-type': 'image/jpeg' } }),
    expect: both('host', 'content_type'),
  })
  url = await signers.boto3('put_object', { Key: 'notes/a.txt', ContentType: 'text/plain', ACL: 'public-read' })
  add({
    name: 'acl-dropped-and-charset-added-boto3',
    signer: BOTO3,
    broken_by: 'The page sends a string: fetch adds a charset, and nobody adds the ACL.',
    captured_by: CHROMIUM,
    request: await carriers.browser(({ url }) => fetch(url, { method: 'PUT', body: 'hello' }), { url }),
    expect: both('acl', 'content_type'),
  })
  url = await signers.minio('PUT', Key)
  add({
    name: 'method-and-parameter-minio-js',
    signer: MINIO_JS,
    broken_by: 'A form is posted where PUT is signed, with a tracking parameter.',
    captured_by: AXIOS,
    request: await carriers.axios({ method: 'post', url, data: 'x', params: { utm_source: 'app' } }),
    expect: both('method', 'query_added'),
  })
  url = await signers.v3('PutObject', { Key, ContentType: 'image/png' }, signable)
  add({
    name: 'method-and-form-sdk-v3',
    signer: V3,
    broken_by: 'The file is posted as a form where PUT with a type is signed.',
    captured_by: CHROMIUM,
    request: await carriers.browser(({ url }) => {
      const form = new FormData()
      form.append('file', new Blob(['x'], { type: 'image/png' }), 'beach.png')
      return fetch(url, { method: 'POST', body: form })
    }, { url }),
    expect: both('method', 'content_type'),
  })
  add({
    name: 'port-and-content-type-sdk-v3',
    signer: V3,
    broken_by: 'nginx drops the port, curl says that it sends a form.',
    captured_by: NGINX,
    hosts: ['storage.test:9000'],
    request: await carriers.throughNginx('portless', url, '-X', 'PUT', '--data-binary', 'x'),
    expect: both('host', 'content_type'),
  })
  url = await signers.minioPy('GET', Key)
  add({
    name: 'host-and-parameter-minio-py',
    signer: MINIO_PY,
    broken_by: 'nginx sends the name of its upstream; the newsletter adds utm_source.',
    captured_by: NGINX,
    hosts: ['storage.test:9000'],
    request: await carriers.throughNginx('forgetful', `${url}&utm_source=newsletter`),
    expect: both('host', 'query_added'),
  })
  url = await signers.v2('putObject', { Key, ACL: 'public-read' })
  add({
    name: 'acl-dropped-and-method-sdk-v2',
    signer: V2,
    broken_by: 'requests.post with no headers, where PUT with an ACL is signed.',
    captured_by: REQUESTS,
    request: await carriers.requests('POST', url, { body: 'x' }),
    expect: both('acl', 'method'),
  })
  url = (await signers.aws4('PUT', '/uploads/data.json', { 'Content-Type': 'application/json', 'x-amz-acl': 'private' })).url
  add({
    name: 'both-headers-dropped-aws4',
    signer: AWS4,
    broken_by: 'The headers that aws4 gave back were thrown away.',
    captured_by: FETCH,
    request: await carriers.fetch(url, { method: 'PUT', body: new Uint8Array([123, 125]) }),
    expect: both('acl', 'content_type'),
  })
  url = await signers.boto3('put_object', { Key: 'notes/a.txt', ContentType: 'text/plain' })
  add({
    name: 'html-escaped-and-charset-boto3',
    signer: BOTO3,
    broken_by: 'The URL was read from the source of a page, and fetch adds a charset.',
    captured_by: FETCH,
    request: await carriers.fetch(url.replaceAll('&', '&amp;'), { method: 'PUT', body: 'hello' }),
    expect: both('html_escaped', 'content_type'),
  })
  url = await signers.boto3('get_object', { Key }, { keys: { ...KEYS, secret_key: `${KEYS.secret_key}\n` }, endpoint: 'http://minio:9000' })
  add({
    name: 'secret-newline-and-host-boto3',
    signer: BOTO3,
    broken_by: 'The secret was read with its line break, and the URL was made for the container’s name.',
    captured_by: CURL,
    hosts: ['minio:9000'],
    request: await carriers.curl(url.replace('//minio:9000', '//localhost:9000')),
    expect: both('secret_whitespace', 'host'),
  })
}
