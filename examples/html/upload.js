import { createQueue, upload } from 'dropslip'

/** Where the service is. On the page's own origin, under `/v1/uploads`, this is not needed. */
const endpoint = 'http://localhost:7600/v1/uploads'
/** Connections that all files share: many files together take no more of them than one. */
const queue = createQueue()

const input = document.querySelector('input')
input.addEventListener('change', () => {
  for (const file of input.files) addRow(file)
  input.value = ''
})

/** A row of the list, and the upload that it shows. */
function addRow(file) {
  const row = document.querySelector('template').content.cloneNode(true).firstElementChild
  const find = (selector) => row.querySelector(selector)
  const show = (selector, text) => {
    find(selector).textContent = text
    find(selector).hidden = text === ''
  }
  const state = (phase) => {
    show('output', phase)
    const isOpen = phase !== 'done' && phase !== 'failed'
    find('[data-do=pause]').hidden = !isOpen || phase === 'paused'
    find('[data-do=resume]').hidden = phase !== 'paused'
    find('[data-do=retry]').hidden = phase !== 'failed'
  }
  let abort, sending

  async function start() {
    const { signal } = (abort = new AbortController())
    const onProgress = ({ phase, loadedBytes, totalBytes }) => {
      state(phase)
      Object.assign(find('progress'), { max: totalBytes || 1, value: loadedBytes })
    }
    show('[role=alert]', '')
    sending = upload(file, { preset: 'file', endpoint, queue, signal, onProgress })
    try {
      const { key } = await sending
      state('done')
      show('code', key)
    } catch (error) {
      state('failed')
      show('[role=alert]', `${error.message} ${error.hint}`)
    }
  }

  const actions = {
    pause: () => sending.pause(),
    resume: () => sending.resume(),
    retry: start,
    remove() {
      abort.abort()
      row.remove()
    },
  }
  row.addEventListener('click', ({ target }) => actions[target.dataset.do]?.())
  find('span').textContent = file.name
  find('progress').ariaLabel = file.name
  document.querySelector('ul').append(row)
  start()
}
