// A common pace: whoever wants to pass so many bytes waits until they are due, in the order of asking.

/** How far ahead of the clock bytes may pass. Small, so that many connections share the line evenly. */
const AHEAD_MS = 20

export class Pace {
  #bytesPerMs
  #freeAt = 0
  /** @type {Promise<unknown>} */
  #turn = Promise.resolve()

  /** @param {number} bytesPerSecond */
  constructor(bytesPerSecond) {
    this.#bytesPerMs = bytesPerSecond / 1000
  }

  /** @param {number} bytes */
  async take(bytes) {
    if (this.#bytesPerMs === Infinity) return
    const turn = this.#turn.then(() => this.#wait(bytes))
    this.#turn = turn
    await turn
  }

  async #wait(bytes) {
    const now = performance.now()
    this.#freeAt = Math.max(this.#freeAt, now) + bytes / this.#bytesPerMs
    const waitMs = this.#freeAt - now - AHEAD_MS
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
  }
}
