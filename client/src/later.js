/**
 * What few uploads need, and so few pages load: checksums, where a preset asks for them, and what to say of a failure.
 */

/** @import { checksum as Checksum } from './checksum.js' */
/** @import { explain as Explain } from './explain.js' */

/** @type {typeof Checksum} */
export const checksum = async (...work) => (await import('./checksum.js')).checksum(...work)

/** Where it cannot be loaded, the failure stays as it is. @type {typeof Explain} */
export const explain = (...failure) => import('./explain.js').then((module) => module.explain(...failure), () => failure[1])
