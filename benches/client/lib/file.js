// The file to upload: bytes that repeat nowhere, the same in each run, and its hash.

import { createCipheriv, createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

import { measure } from '../../../client/test/browser/files.js'

const BLOCK = 1_000_000

/**
 * @param {string} path
 * @param {number} size in bytes, a multiple of 1,000,000
 * @returns {Promise<string>} SHA-256
 */
export async function writeFile(path, size) {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 'dropslip'), Buffer.alloc(16))
  const zeros = Buffer.alloc(BLOCK)
  const hash = createHash('sha256')
  const file = await open(path, 'w')
  try {
    for (let written = 0; written < size; written += BLOCK) {
      const block = cipher.update(zeros)
      hash.update(block)
      await file.write(block)
    }
  } finally {
    await file.close()
  }
  return hash.digest('hex')
}

/**
 * The SHA-256 of what an address answers, or the status that is not 200.
 *
 * @param {string} url
 */
export async function hashOf(url) {
  const { status, sha256 } = await measure(url)
  return status === 200 ? sha256 : String(status)
}
