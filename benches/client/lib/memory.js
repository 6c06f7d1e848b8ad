// The memory of a page, from outside: what its renderer processes keep resident, and what its scripts keep.

import { readFile } from 'node:fs/promises'

const SAMPLE_MS = 100
const MB = 1e6

/**
 * Samples until `stop`, which answers the peaks above the first sample.
 *
 * @param {import('playwright-core').Browser} browser that has this page alone
 * @param {import('playwright-core').Page} page
 */
export async function watchMemory(browser, page) {
  const whole = await browser.newBrowserCDPSession()
  const own = await page.context().newCDPSession(page)
  const sample = async () => {
    const { processInfo } = await whole.send('SystemInfo.getProcessInfo')
    const renderers = processInfo.filter(({ type }) => type === 'renderer')
    const others = processInfo.filter(({ type }) => type !== 'renderer')
    const { usedSize, backingStorageSize = 0 } = await own.send('Runtime.getHeapUsage')
    return { renderer: await resident(renderers), browser: await resident(others), heap: usedSize + backingStorageSize }
  }
  await own.send('HeapProfiler.collectGarbage')
  const start = await sample()
  const peak = { ...start }
  let isOver = false
  const sampling = (async () => {
    while (!isOver) {
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS))
      const now = isOver ? start : await sample().catch(() => start)
      for (const name of Object.keys(peak)) peak[name] = Math.max(peak[name], now[name])
    }
  })()
  return {
    /** In MB above the start: the page's processes, all other processes of the browser, the heap of scripts. */
    async stop() {
      isOver = true
      await sampling
      return Object.fromEntries(Object.entries(peak).map(([name, bytes]) => [name, (bytes - start[name]) / MB]))
    },
  }
}

/** Of several processes. */
async function resident(processes) {
  const bytes = await Promise.all(processes.map(({ id }) => pssBytes(id)))
  return bytes.reduce((all, number) => all + number, 0)
}

/** Memory of a process, of which shared pages count by their share. 0 for one that has ended. */
async function pssBytes(pid) {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
  return 1024 * Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0)
}
