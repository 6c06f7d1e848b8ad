// The method: a link for one thing used for another.

import { AWS4, AXIOS, BOTO3, CHROMIUM, CURL, FETCH, MINIO_JS, REQUESTS, V2, V3, certain } from '../lib/names.js'

export default async function ({ signers, carriers, add }) {
  const Key = 'photos/beach.png'
  const method = (signed, arrived) => certain('method', 'method', signed, arrived)

  let url = await signers.boto3('put_object', { Key })
  add({
    name: 'post-for-put-boto3',
    signer: BOTO3,
    broken_by: 'requests.post with a URL that was signed for PUT.',
    captured_by: REQUESTS,
    request: await carriers.requests('POST', url, { body: 'x' }),
    good: await carriers.requests('PUT', url, { body: 'x' }),
    expect: method('PUT', 'POST'),
  })
  url = await signers.minio('PUT', Key)
  add({
    name: 'post-form-for-put-minio-js',
    signer: MINIO_JS,
    broken_by: 'A form is posted to a URL that was signed for PUT.',
    captured_by: CHROMIUM,
    request: await carriers.browser(({ url }) => {
      const form = new FormData()
      form.append('file', new Blob(['x']), 'a.png')
      return fetch(url, { method: 'POST', body: form })
    }, { url }),
    expect: method('PUT', 'POST'),
  })
  url = await signers.v2('getObject', { Key })
  add({
    name: 'head-for-get-sdk-v2',
    signer: V2,
    broken_by: 'A link checker asks with HEAD first.',
    captured_by: CURL,
    request: await carriers.curl(url, '-I'),
    good: await carriers.curl(url),
    expect: method('GET', 'HEAD'),
  })
  url = await signers.v3('GetObject', { Key })
  add({
    name: 'head-for-get-sdk-v3',
    signer: V3,
    broken_by: 'A download manager asks for the size with HEAD first.',
    captured_by: AXIOS,
    request: await carriers.axios({ method: 'head', url }),
    expect: method('GET', 'HEAD'),
  })
  add({
    name: 'put-for-get-sdk-v3',
    signer: V3,
    broken_by: 'GetObjectCommand in place of PutObjectCommand: the link reads and the page writes.',
    captured_by: FETCH,
    request: await carriers.fetch(url, { method: 'PUT', body: 'x' }),
    expect: method('GET', 'PUT'),
  })
  url = await signers.v3('HeadObject', { Key })
  add({
    name: 'get-for-head-sdk-v3',
    signer: V3,
    broken_by: 'A link for HEAD was opened in the browser.',
    captured_by: CURL,
    request: await carriers.curl(url),
    expect: method('HEAD', 'GET'),
  })
  const { url: signed } = await signers.aws4('POST', '/uploads/photos/beach.png')
  add({
    name: 'put-for-post-aws4',
    signer: AWS4,
    broken_by: 'Signed with POST, for that is what uploads are in HTML; sent with PUT.',
    captured_by: AXIOS,
    request: await carriers.axios({ method: 'put', url: signed, data: 'x' }),
    expect: method('POST', 'PUT'),
  })
  url = await signers.boto3('delete_object', { Key })
  add({
    name: 'get-for-delete-boto3',
    signer: BOTO3,
    broken_by: 'The link to delete stands behind an `<a href>`.',
    captured_by: CURL,
    request: await carriers.curl(url),
    expect: method('DELETE', 'GET'),
  })
}
