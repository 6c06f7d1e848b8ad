/**
 * Files to upload: pictures as a browser makes them, and a large one that fits no buffer.
 */

import { createHash, randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'

/** @param {Uint8Array} bytes */
export function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex')
}

/**
 * A picture with enough detail to weigh some hundred kilobytes.
 *
 * @param {import('playwright-core').Page} page any page
 * @param {'image/jpeg' | 'image/png'} type
 */
export async function picture(page, type) {
  const base64 = await page.evaluate(async (type) => {
    const canvas = new OffscreenCanvas(640, 480)
    const context = canvas.getContext('2d')
    const sky = context.createLinearGradient(0, 0, 640, 480)
    sky.addColorStop(0, '#f2b46d')
    sky.addColorStop(1, '#1d4b6b')
    context.fillStyle = sky
    context.fillRect(0, 0, 640, 480)
    const pixels = context.getImageData(0, 0, 640, 480)
    for (let i = 0; i < pixels.data.length; i += 1) if (i % 4 !== 3) pixels.data[i] += (Math.random() - 0.5) * 24
    context.putImageData(pixels, 0, 0)
    const blob = await canvas.convertToBlob({ type, quality: 0.95 })
    const reader = new FileReader()
    reader.readAsDataURL(blob)
    await new Promise((resolve) => (reader.onload = resolve))
    return String(reader.result).split(',')[1]
  }, type)
  return Buffer.from(base64, 'base64')
}

/**
 * Writes a file of random blocks, each different.
 *
 * @param {string} path
 * @param {number} mebibytes
 * @returns {Promise<string>} its SHA-256
 */
export async function writeLarge(path, mebibytes) {
  const hash = createHash('sha256')
  const block = randomBytes(1024 * 1024)
  const file = await open(path, 'w')
  try {
    for (let i = 0; i < mebibytes; i += 1) {
      block.writeUInt32BE(i)
      hash.update(block)
      await file.write(block)
    }
  } finally {
    await file.close()
  }
  return hash.digest('hex')
}

/**
 * Fetches an object and takes its measure without keeping it.
 *
 * @param {string} url
 */
export async function measure(url) {
  const response = await fetch(url)
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of response.body ?? []) {
    hash.update(chunk)
    size += chunk.length
  }
  return { status: response.status, type: response.headers.get('content-type'), size, sha256: hash.digest('hex') }
}
