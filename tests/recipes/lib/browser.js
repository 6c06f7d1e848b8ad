// Headless Chromium, the one that `cargo xtask test` found.

import { chromium } from 'playwright-core'

/** Starts Chromium; the caller closes it. */
export function launch() {
  const executablePath = process.env.CHROMIUM
  if (!executablePath) throw new Error('CHROMIUM is not set: run `cargo xtask test recipes`')
  return chromium.launch({
    executablePath,
    // CI runs as root in a container, where Chromium's sandbox cannot start; the
    // pages are ours. The rest keeps it from asking the network for anything.
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
