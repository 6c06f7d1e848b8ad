/**
 * Runs jobs in the order they came, a few at a time. A job that rests leaves its place to the next one.
 *
 * @param {number} limit how many run at once
 */
export function createQueue(limit) {
  /** @typedef {() => Promise<void>} Job */
  /** @type {Job[]} */
  const waiting = []
  /** @type {Set<Job>} */
  const running = new Set()
  /** Of the running ones. @type {Set<Job>} */
  const resting = new Set()

  function next() {
    while (running.size - resting.size < limit) {
      const job = waiting.shift()
      if (!job) return
      running.add(job)
      void job().finally(() => {
        running.delete(job)
        resting.delete(job)
        next()
      })
    }
  }

  return {
    /** @param {Job} job */
    add(job) {
      waiting.push(job)
      next()
    },
    /**
     * Takes a job out that has not begun.
     *
     * @param {Job} job
     * @returns {boolean} whether it was still waiting
     */
    remove(job) {
      const at = waiting.indexOf(job)
      if (at !== -1) waiting.splice(at, 1)
      return at !== -1
    },
    /** @param {Job} job that runs */
    rest(job) {
      if (running.has(job)) resting.add(job)
      next()
    },
    /** It goes on at once, even if there are then more than the limit. @param {Job} job */
    wake(job) {
      resting.delete(job)
    },
    busy: () => running.size + waiting.length > 0,
  }
}
