// A signer in another language: a process that answers each line of JSON with one.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export class Lines {
  #child
  #lines

  constructor(command, ...args) {
    this.#child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, AWS_EC2_METADATA_DISABLED: 'true', PYTHONDONTWRITEBYTECODE: '1', PYTHONHASHSEED: '0' },
    })
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  async ask(question) {
    this.#child.stdin.write(`${JSON.stringify(question)}\n`)
    const { value, done } = await this.#lines.next()
    if (done) throw new Error('the process has ended')
    const answer = JSON.parse(value)
    if (answer.error) throw new Error(answer.error)
    return answer
  }

  close() {
    this.#child.stdin.end()
  }
}
