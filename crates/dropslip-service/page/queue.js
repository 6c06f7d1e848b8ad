/**
 * Runs jobs in the order they came, a few at a time.
 *
 * @param {number} limit how many run at once
 */
export function createQueue(limit) {
  /** @type {(() => Promise<void>)[]} */
  const waiting = []
  let running = 0

  function next() {
    while (running < limit) {
      const job = waiting.shift()
      if (!job) return
      running += 1
      void job().finally(() => {
        running -= 1
        next()
      })
    }
  }

  return {
    /** @param {() => Promise<void>} job */
    add(job) {
      waiting.push(job)
      next()
    },
    /**
     * Takes a job out that has not begun.
     *
     * @param {() => Promise<void>} job
     */
    remove(job) {
      const at = waiting.indexOf(job)
      if (at !== -1) waiting.splice(at, 1)
    },
    busy: () => running + waiting.length > 0,
  }
}
