/**
 * Importing this module defines `<dropslip-upload>`.
 *
 * The class has a module of its own because the hand-written `element.d.ts` hides this one from the type checker.
 */

import { DropslipUploadElement } from './element-host.js'

// A second copy of the module, or a server that renders pages, must not fail here.
const { customElements } = globalThis
if (!customElements?.get('dropslip-upload')) customElements?.define('dropslip-upload', DropslipUploadElement)

export { DropslipUploadElement }
