// What is at the storage, asked by a signed request of its own: no part of Uppy or of the service.

import { createHash } from 'node:crypto'

import aws4 from 'aws4'

const accessKeyId = 'dropslip'
const secretAccessKey = 'dropslip-dev-secret'

/**
 * The bucket `uploads` of a running `dropslip dev`.
 *
 * @param {string} origin
 */
export function bucket(origin) {
  /** One request, signed in its headers. */
  async function ask(method, path) {
    const { host } = new URL(origin)
    const signed = aws4.sign(
      { host, method, path: `/uploads${path}`, service: 's3', region: 'us-east-1' },
      { accessKeyId, secretAccessKey },
    )
    const { Host: _, ...headers } = signed.headers
    return fetch(`${origin}${signed.path}`, { method, headers })
  }
  const all = (xml, name) => [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map((match) => match[1])
  return {
    /** Status, headers and the hash of the bytes. */
    async get(key) {
      const response = await ask('GET', `/${key.split('/').map(encodeURIComponent).join('/')}`)
      const bytes = Buffer.from(await response.arrayBuffer())
      return {
        status: response.status,
        headers: response.headers,
        size: bytes.length,
        hash: createHash('sha256').update(bytes).digest('hex'),
      }
    },
    /** The keys of all objects. */
    async keys() {
      return all(await (await ask('GET', '/?list-type=2')).text(), 'Key')
    },
    /** The ids of all multipart uploads that were neither completed nor aborted. */
    async uploads() {
      return all(await (await ask('GET', '/?uploads')).text(), 'UploadId')
    },
  }
}

/**
 * Sets the store's faults, none without arguments (docs/guide/testing-your-app.md).
 *
 * @param {string} origin
 * @param {...object} list
 */
export async function faults(origin, ...list) {
  const response = await fetch(`${origin}/_dropslip/faults`, { method: 'PUT', body: JSON.stringify({ faults: list }) })
  if (!response.ok) throw new Error(await response.text())
}
