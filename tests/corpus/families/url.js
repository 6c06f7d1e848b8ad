// The URL as a text: through HTML, mails, shells and logs.

import { AWS4, BOTO3, CURL, FETCH, MINIO_JS, REQUESTS, V2, V3 } from '../lib/names.js'

export default async function ({ signers, carriers, add }) {
  const Key = 'photos/beach.png'
  const html = { cause: 'html_escaped', certainty: 'certain' }
  const truncated = { cause: 'url_truncated', certainty: ['certain', 'likely'] }
  const wrapped = { cause: 'url_wrapped', certainty: 'certain' }

  let url = await signers.boto3('get_object', { Key })
  add({
    name: 'html-escaped-boto3',
    signer: BOTO3,
    broken_by: 'Copied from the source of a page, where `&` is written `&amp;`.',
    captured_by: CURL,
    request: await carriers.curl(url.replaceAll('&', '&amp;')),
    good: await carriers.curl(url),
    expect: html,
  })
  add({
    name: 'url-cut-in-signature-boto3',
    signer: BOTO3,
    broken_by: 'The last characters were lost in copying.',
    captured_by: CURL,
    request: await carriers.curl(url.slice(0, -9)),
    expect: truncated,
  })
  add({
    name: 'url-line-break-at-end-boto3',
    signer: BOTO3,
    broken_by: 'Read from a file with the line break at its end, which was then encoded.',
    captured_by: CURL,
    request: await carriers.curl(`${url}%0A`),
    expect: { ...wrapped, cause: ['url_wrapped', 'query_changed'] },
  })
  url = await signers.v3('GetObject', { Key })
  add({
    name: 'html-escaped-sdk-v3',
    signer: V3,
    broken_by: 'A template engine escapes the URL, and a script reads it as text.',
    captured_by: FETCH,
    request: await carriers.fetch(url.replaceAll('&', '&amp;')),
    expect: html,
  })
  add({
    name: 'html-escaped-twice-sdk-v3',
    signer: V3,
    broken_by: 'Escaped by the template and once more by the sanitizer.',
    captured_by: REQUESTS,
    request: await carriers.requests('GET', url.replaceAll('&', '&amp;amp;')),
    expect: html,
  })
  add({
    name: 'html-escaped-numeric-sdk-v3',
    signer: V3,
    broken_by: 'A template engine writes `&` as `&#38;`, and the `#` ends the query.',
    captured_by: FETCH,
    request: await carriers.fetch(url.replaceAll('&', '&#38;')),
    expect: { cause: ['html_escaped', 'url_truncated'], certainty: ['certain', 'likely'] },
  })
  url = await signers.v2('getObject', { Key })
  add({
    name: 'url-cut-by-shell-sdk-v2',
    signer: V2,
    broken_by: '`curl http://…?X-Amz-…&…` without quotes: the shell ends the command at the first `&`.',
    captured_by: CURL,
    request: await carriers.curl(url.slice(0, url.indexOf('&'))),
    expect: truncated,
  })
  add({
    name: 'url-wrapped-in-signature-sdk-v2',
    signer: V2,
    broken_by: 'A mail wraps the line within the signature, and the break was encoded.',
    captured_by: CURL,
    request: await carriers.curl(url.replace(/(X-Amz-Signature=.{20})/, '$1%0D%0A')),
    expect: wrapped,
  })
  const { url: a4 } = await signers.aws4('GET', `/uploads/${Key}`)
  add({
    name: 'url-cut-before-signature-aws4',
    signer: AWS4,
    broken_by: 'A column of 255 characters cut the URL.',
    captured_by: CURL,
    request: await carriers.curl(a4.slice(0, 255)),
    expect: truncated,
  })
  url = await signers.minio('GET', Key)
  add({
    name: 'url-wrapped-in-credential-minio-js',
    signer: MINIO_JS,
    broken_by: 'The line was wrapped in a terminal and pasted with a space.',
    captured_by: CURL,
    request: await carriers.curl(url.replace('%2Fus-east-1', '%2Fus-%20east-1')),
    expect: wrapped,
  })
  add({
    name: 'url-wrapped-with-indent-minio-js',
    signer: MINIO_JS,
    broken_by: 'A YAML file folds the line: a space stands in the middle of the signature.',
    captured_by: FETCH,
    request: await carriers.fetch(url.replace(/(X-Amz-Signature=.{32})/, '$1 ')),
    expect: wrapped,
  })
  add({
    name: 'url-json-escapes-minio-js',
    signer: MINIO_JS,
    broken_by: 'Copied from a log in JSON, where `&` is written `\\u0026`.',
    captured_by: CURL,
    request: await carriers.curl(url.replaceAll('&', '\\u0026'), '-g'),
    expect: { cause: ['html_escaped', 'url_truncated', 'query_changed', 'malformed'], certainty: ['certain', 'likely'] },
  })
}
