// The signers and clients of Python, one process, a line of JSON each way.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export class Python {
  #child = spawn(process.env.PYTHON ?? '.venv/bin/python', ['lib/signers.py'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, AWS_EC2_METADATA_DISABLED: 'true', PYTHONDONTWRITEBYTECODE: '1' },
  })
  #lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()

  async ask(question) {
    this.#child.stdin.write(`${JSON.stringify(question)}\n`)
    const { value, done } = await this.#lines.next()
    if (done) throw new Error('the Python process has ended')
    const answer = JSON.parse(value)
    if (answer.error) throw new Error(answer.error)
    return answer
  }

  close() {
    this.#child.stdin.end()
  }
}
