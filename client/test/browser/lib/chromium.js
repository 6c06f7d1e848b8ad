/** Chromium without a window, and without what it would do by itself. */

import { chromium } from 'playwright-core'

const ARGS = [
  '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
]

/** @param {string[]} args */
export function launchChromium(...args) {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
  return chromium.launch({ executablePath, args: [...ARGS, ...args] })
}
