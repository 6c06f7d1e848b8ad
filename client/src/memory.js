/**
 * Where uploads are remembered, so that the same file goes on after a reload.
 *
 * What is kept is an upload's id. How far it is, the service says. `localStorage` may be full, forbidden or absent: an
 * upload works without it.
 */

/**
 * The name of a file among those that were begun: as long as this page cannot tell two files apart, they are one.
 * Empty for what has no name of its own and so cannot come back.
 *
 * @param {Blob} file
 * @param {unknown[]} rest what else makes an upload another one
 */
export function fingerprint(file, rest) {
  const { name, lastModified, size } = /** @type {File} */ (file)
  return name && `dropslip ${JSON.stringify([...rest, name, size, lastModified])}`
}
