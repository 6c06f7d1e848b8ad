// What was sent over a line: bytes in all, what the storage has accepted of each part, and what was sent for nothing.

export class Account {
  /** Bytes of parts that came from the page, whatever became of them. */
  sentBytes = 0
  /** Requests that carried a part. */
  parts = 0
  /** Numbers of those that began after the storage had answered 200 for the same part. @type {number[]} */
  againNumbers = []

  /** @type {Map<number, number>} size of each part that was accepted */
  #accepted = new Map()
  /** @type {Set<Sending>} */
  #under = new Set()

  /** Bytes of parts that were accepted, each counted once. */
  get acceptedBytes() {
    return [...this.#accepted.values()].reduce((sum, size) => sum + size, 0)
  }

  /** How far the upload is: what was accepted, and what is on its way of parts that were not. */
  get progressBytes() {
    const under = [...this.#under].filter(({ number }) => !this.#accepted.has(number))
    return this.acceptedBytes + under.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /**
   * A request with a part begins.
   *
   * @param {number} number of the part
   * @param {number} size
   */
  begin(number, size) {
    this.#note(number)
    const sending = new Sending(this, number, size)
    this.#under.add(sending)
    return sending
  }

  /** @param {number} number of a part that is refused unread */
  refuse(number) {
    this.#note(number)
  }

  #note(number) {
    this.parts += 1
    if (this.#accepted.has(number)) this.againNumbers.push(number)
  }

  /** @param {Sending} sending */
  end(sending, wasAccepted) {
    this.#under.delete(sending)
    if (wasAccepted) this.#accepted.set(sending.number, sending.size)
  }
}

/** One request with a part. */
class Sending {
  bytes = 0

  constructor(account, number, size) {
    Object.assign(this, { account, number, size })
  }

  /** Whether some of it has passed and some has not. */
  get isInside() {
    return this.bytes > 0 && this.bytes < this.size
  }

  sent(bytes) {
    this.bytes += bytes
    this.account.sentBytes += bytes
  }

  accepted() {
    this.account.end(this, true)
  }

  lost() {
    this.account.end(this, false)
  }
}
