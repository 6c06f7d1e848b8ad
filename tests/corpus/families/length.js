// The content length: signed to bound an upload, and then counted otherwise.

import { AWS4, CHROMIUM, CURL, FETCH, BOTO3, REQUESTS, V3, certain, likely } from '../lib/names.js'

export default async function ({ signers, carriers, add }) {
  const text = 'Élan, façade, déjà vu'
  const counted = { Key: 'notes/a.txt', ContentLength: text.length }

  let url = await signers.v3('PutObject', counted)
  add({
    name: 'length-in-characters-sdk-v3',
    signer: V3,
    broken_by: 'The page tells `text.length`, which counts characters; the body has more bytes.',
    captured_by: CHROMIUM,
    request: await carriers.browser(({ url, text }) => fetch(url, { method: 'PUT', body: text }), { url, text }),
    good: await carriers.fetch(url, { method: 'PUT', body: 'x'.repeat(text.length) }),
    expect: certain('content_length', 'content-length', '21', '25'),
  })
  url = await signers.boto3('put_object', counted)
  add({
    name: 'length-in-characters-boto3',
    signer: BOTO3,
    broken_by: '`len(text)` of a str counts characters; the body has more bytes.',
    captured_by: REQUESTS,
    request: await carriers.requests('PUT', url, { body: text }),
    good: await carriers.requests('PUT', url, { body: 'x'.repeat(text.length) }),
    expect: certain('content_length', 'content-length', '21', '25'),
  })

  const body = 'x'.repeat(4000)
  url = await signers.v3('PutObject', { Key: 'a.bin', ContentLength: body.length })
  add({
    name: 'length-form-overhead-sdk-v3',
    signer: V3,
    broken_by: 'The length of the file is signed; the FormData around it has some bytes more.',
    captured_by: CHROMIUM,
    request: await carriers.browser(({ url, body }) => {
      const form = new FormData()
      form.append('file', new Blob([body], { type: 'image/png' }), 'a.png')
      return fetch(url, { method: 'PUT', body: form })
    }, { url, body }),
    expect: certain('content_length', 'content-length', '4000'),
  })
  url = await signers.boto3('put_object', { Key: 'a.bin', ContentLength: body.length })
  add({
    name: 'length-form-overhead-boto3',
    signer: BOTO3,
    broken_by: '`files=` of requests makes a form around the file.',
    captured_by: REQUESTS,
    request: await carriers.requests('PUT', url, { files: { file: ['a.png', body, 'image/png'] } }),
    expect: certain('content_length', 'content-length', '4000'),
  })
  add({
    name: 'length-of-another-file-boto3',
    signer: BOTO3,
    broken_by: 'The image is shrunk in the page after its size was told.',
    captured_by: FETCH,
    request: await carriers.fetch(url, { method: 'PUT', body: 'x'.repeat(61_234) }),
    expect: { certainty: ['likely', 'unknown'], suspects: ['content_length'] },
  })
  add({
    name: 'length-chunked-boto3',
    signer: BOTO3,
    broken_by: 'The body is a stream, so the client sends it in chunks and no length at all.',
    captured_by: REQUESTS,
    request: await carriers.requests('PUT', url, { body, stream: true }),
    expect: likely('content_length', 'content-length', undefined, null),
  })

  const { url: signed } = await signers.aws4('PUT', '/uploads/a.csv', { 'Content-Length': 12 })
  add({
    name: 'length-newlines-dropped-aws4',
    signer: AWS4,
    broken_by: '`curl -d @file` drops line breaks; the length of the file was signed.',
    captured_by: CURL,
    request: await carriers.curl(signed, '-X', 'PUT', '-d', 'a,b1,23,4'),
    good: await carriers.curl(signed, '-X', 'PUT', '--data-binary', 'a,b\n1,2\n3,4\n'),
    expect: { cause: 'content_length', certainty: ['certain', 'likely'], part: 'content-length', arrived: '9' },
  })
}
