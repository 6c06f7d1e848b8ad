// The Python environment with the packages of `recipes/requirements.txt`.

import { join } from 'node:path'

/** The folder of its programs. */
export function venv() {
  const folder = process.env.DROPSLIP_VENV
  if (!folder) throw new Error('DROPSLIP_VENV is not set: run `cargo xtask test recipes`')
  return join(folder, 'bin')
}
