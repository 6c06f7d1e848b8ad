/**
 * The files of a drop or a paste, those in folders too.
 */

/** Files and folders that are looked at. Each file has a row in the page, and a link may lead back to where it lies. */
export const ENTRIES_MAX = 5000
/** What file managers put into folders by themselves. */
const LITTER = /^(\.DS_Store|Thumbs\.db|desktop\.ini)$/

/**
 * @typedef {object} Found
 * @property {[file: File, name: string][]} files those out of folders by their path
 * @property {string[]} skipped what cannot be read, and what is too many
 */

/**
 * Looks at the transfer before it returns: afterwards the browser empties it.
 *
 * @param {DataTransfer} transfer
 * @returns {Promise<Found>}
 */
export async function filesOf(transfer) {
  /** @type {Found} */
  const found = { files: [], skipped: [] }
  let left = ENTRIES_MAX

  /** @param {FileSystemEntry | File | null} entry */
  async function walk(entry) {
    if (entry instanceof File) found.files.push([entry, entry.name])
    else if (entry && !LITTER.test(entry.name)) {
      try {
        if (left-- < 1) throw left
        if (entry.isFile) {
          /** @type {File} */
          const file = await new Promise((...ends) => /** @type {FileSystemFileEntry} */ (entry).file(...ends))
          found.files.push([file, entry.fullPath.slice(1)])
          return
        }
        const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader()
        /** @type {FileSystemEntry[]} */
        let some
        // The browser gives a hundred at a time, and none at the end.
        do {
          some = await new Promise((...ends) => reader.readEntries(...ends))
          for (const one of some) await walk(one)
        } while (some[0] && left > 0)
      } catch {
        found.skipped.push(entry.fullPath.slice(1))
      }
    }
  }

  const dropped = [...transfer.items].map((item) => {
    const entry = item.webkitGetAsEntry?.()
    return entry?.isDirectory ? entry : item.getAsFile()
  })
  for (const one of dropped) await walk(one)
  return found
}
