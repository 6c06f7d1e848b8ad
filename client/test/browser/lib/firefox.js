/** Firefox without a window, driven by WebDriver BiDi: the browser itself speaks it. */

import { launch } from 'puppeteer-core'

export function launchFirefox() {
  return launch({ browser: 'firefox', executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr', headless: true })
}
