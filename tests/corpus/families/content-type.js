// The content type: the most frequent break of all.

export default async function ({ signers, carriers, add }) {
  const key = { Key: 'photos/beach.png' }
  const of = (signed, arrived, certainty = 'certain') => ({ cause: 'content_type', certainty, part: 'content-type', signed, arrived })
  const put = (body, type) => ({ method: 'PUT', body, headers: type ? { 'content-type': type } : {} })

  let url = await signers.boto3('put_object', { ...key, ContentType: 'image/png' })
  add({
    name: 'content-type-changed-boto3',
    signer: 'boto3 1.44.5 generate_presigned_url',
    broken_by: 'The user picked a JPEG, the backend signed the type of the placeholder.',
    captured_by: 'axios 1.21.1',
    request: await carriers.axios({ method: 'put', url, data: Buffer.from('x'), headers: { 'Content-Type': 'image/jpeg' } }),
    good: await carriers.axios({ method: 'put', url, data: Buffer.from('x'), headers: { 'Content-Type': 'image/png' } }),
    expect: of('image/png', 'image/jpeg'),
  })
  add({
    name: 'content-type-dropped-boto3',
    signer: 'boto3 1.44.5 generate_presigned_url',
    broken_by: 'fetch sends bytes without a type unless told one.',
    captured_by: 'undici 6.29.1 fetch',
    request: await carriers.fetch(url, put(new Uint8Array([1, 2, 3]))),
    expect: of('image/png', null),
  })
  add({
    name: 'content-type-curl-upload-file-boto3',
    signer: 'boto3 1.44.5 generate_presigned_url',
    broken_by: '`curl -T` sends no content type.',
    captured_by: 'curl',
    request: await carriers.curl(url, '-T', '.npmrc'),
    expect: of('image/png', null),
  })
  add({
    name: 'content-type-curl-data-binary-boto3',
    signer: 'boto3 1.44.5 generate_presigned_url',
    broken_by: '`curl -X PUT --data-binary` says that it sends a form.',
    captured_by: 'curl',
    request: await carriers.curl(url, '-X', 'PUT', '--data-binary', '@.npmrc'),
    expect: of('image/png', 'application/x-www-form-urlencoded'),
  })
  add({
    name: 'content-type-set-twice-boto3',
    signer: 'boto3 1.44.5 generate_presigned_url',
    broken_by: 'setRequestHeader was called twice, and a browser joins the values.',
    captured_by: 'Chromium XMLHttpRequest',
    request: await carriers.browser(xhr, { url, body: 'x', types: ['image/png', 'image/png'] }),
    expect: of('image/png', 'image/png, image/png'),
  })

  url = await signers.boto3('put_object', { Key: 'notes/today.txt', ContentType: 'text/plain' })
  add({
    name: 'charset-added-boto3-fetch',
    signer: 'boto3 1.44.5 generate_presigned_url',
    broken_by: 'fetch adds a charset to the type of a string.',
    captured_by: 'Chromium fetch',
    request: await carriers.browser(({ url }) => fetch(url, { method: 'PUT', body: 'hello' }), { url }),
    expect: of('text/plain', 'text/plain;charset=UTF-8'),
  })
  add({
    name: 'charset-added-boto3-requests-header',
    signer: 'boto3 1.44.5 generate_presigned_url',
    broken_by: 'A helper of the company adds `; charset=utf-8` to every text.',
    captured_by: 'requests 2.32.5',
    request: await carriers.requests('PUT', url, { body: 'hello', headers: { 'Content-Type': 'text/plain; charset=utf-8' } }),
    expect: of('text/plain', 'text/plain; charset=utf-8'),
  })
  add({
    name: 'content-type-form-data-boto3',
    signer: 'boto3 1.44.5 generate_presigned_url',
    broken_by: 'The file was put into a FormData, which makes its own type.',
    captured_by: 'Chromium fetch',
    request: await carriers.browser(({ url }) => {
      const form = new FormData()
      form.append('file', new Blob(['hello'], { type: 'text/plain' }), 'today.txt')
      return fetch(url, { method: 'PUT', body: form })
    }, { url }),
    expect: { cause: 'content_type', certainty: 'certain', part: 'content-type', signed: 'text/plain' },
  })

  const signable = { options: { signableHeaders: new Set(['content-type']) } }
  url = await signers.v3('PutObject', { ...key, ContentType: 'image/png' }, signable)
  add({
    name: 'content-type-dropped-sdk-v3',
    signer: '@aws-sdk/s3-request-presigner 3.1162.0 getSignedUrl, signableHeaders',
    broken_by: 'The File has an empty type, so the browser sends none.',
    captured_by: 'Chromium fetch',
    request: await carriers.browser(({ url }) => fetch(url, { method: 'PUT', body: new Blob(['x']) }), { url }),
    good: await carriers.browser(({ url }) => fetch(url, { method: 'PUT', body: new Blob(['x'], { type: 'image/png' }) }), { url }),
    expect: of('image/png', null),
  })
  add({
    name: 'content-type-changed-sdk-v3',
    signer: '@aws-sdk/s3-request-presigner 3.1162.0 getSignedUrl, signableHeaders',
    broken_by: 'The page sends the generic type in place of the signed one.',
    captured_by: 'undici 6.29.1 fetch',
    request: await carriers.fetch(url, put('x', 'application/octet-stream')),
    expect: of('image/png', 'application/octet-stream'),
  })

  url = await signers.v3('PutObject', { Key: 'docs/archive.zip', ContentType: 'application/zip' }, signable)
  add({
    name: 'zip-type-of-windows-sdk-v3',
    signer: '@aws-sdk/s3-request-presigner 3.1162.0 getSignedUrl, signableHeaders',
    broken_by: 'The backend guessed the type from the name; a browser on Windows says x-zip-compressed.',
    captured_by: 'Chromium fetch',
    request: await carriers.browser(
      ({ url }) => fetch(url, { method: 'PUT', body: new File(['x'], 'archive.zip', { type: 'application/x-zip-compressed' }) }),
      { url },
    ),
    expect: of('application/zip', 'application/x-zip-compressed'),
  })

  let signed = await signers.aws4('PUT', '/uploads/data.json', { 'Content-Type': 'application/json' })
  add({
    name: 'charset-added-aws4-axios',
    signer: 'aws4 1.13.2 signQuery',
    broken_by: 'The type was written with a charset where it is sent, and without where it is signed.',
    captured_by: 'axios 1.21.1',
    request: await carriers.axios({ method: 'put', url: signed.url, data: '{}', headers: { 'Content-Type': 'application/json;charset=utf-8' } }),
    good: await carriers.axios({ method: 'put', url: signed.url, data: '{}', headers: signed.headers }),
    expect: of('application/json', 'application/json;charset=utf-8'),
  })
  add({
    name: 'axios-form-default-aws4',
    signer: 'aws4 1.13.2 signQuery',
    broken_by: 'axios says that a body without a type is a form.',
    captured_by: 'axios 1.21.1',
    request: await carriers.axios({ method: 'put', url: signed.url, data: '{}' }),
    expect: of('application/json', 'application/x-www-form-urlencoded'),
  })
  signed = await signers.aws4('PUT', '/uploads/index.html', { 'Content-Type': 'text/html; charset=utf-8' })
  add({
    name: 'charset-dropped-aws4',
    signer: 'aws4 1.13.2 signQuery',
    broken_by: 'Signed with a charset, sent with the bare type of the file.',
    captured_by: 'undici 6.29.1 fetch',
    request: await carriers.fetch(signed.url, put('x', 'text/html')),
    expect: of('text/html; charset=utf-8', 'text/html'),
  })
  add({
    name: 'charset-spacing-aws4',
    signer: 'aws4 1.13.2 signQuery',
    broken_by: 'The same type, spelled without the space and in upper case by the page.',
    captured_by: 'undici 6.29.1 fetch',
    request: await carriers.fetch(signed.url, put('x', 'text/html;charset=UTF-8')),
    expect: of('text/html; charset=utf-8', 'text/html;charset=UTF-8'),
  })
  add({
    name: 'content-type-changed-aws4-header',
    signer: 'aws4 1.13.2 Authorization header',
    broken_by: 'A middleware sets its default type after the request was signed.',
    captured_by: 'Node http',
    request: await signers.aws4Sends('PUT', '/uploads/data.bin', { 'Content-Type': 'application/octet-stream' }, {
      body: 'x',
      change: (signed) => (signed.headers['Content-Type'] = 'application/json'),
    }),
    good: await signers.aws4Sends('PUT', '/uploads/data.bin', { 'Content-Type': 'application/octet-stream' }, { body: 'x' }),
    expect: of('application/octet-stream', 'application/json'),
  })
}

function xhr({ url, body, types }) {
  return new Promise((done) => {
    const request = new XMLHttpRequest()
    request.open('PUT', url)
    for (const type of types) request.setRequestHeader('Content-Type', type)
    request.onloadend = done
    request.send(body)
  })
}
