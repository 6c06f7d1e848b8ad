import { useState } from 'react'
import { useUpload } from './use-upload.js'

/** Where the service is. On the page's own origin, under `/v1/uploads`, this is not needed. */
const endpoint = 'http://localhost:7600/v1/uploads'

export function App() {
  const [rows, setRows] = useState([])
  const add = ({ target }) => {
    const chosen = Array.from(target.files, (file) => ({ id: crypto.randomUUID(), file }))
    setRows((rows) => [...rows, ...chosen])
    target.value = ''
  }
  const remove = (id) => setRows((rows) => rows.filter((row) => row.id !== id))
  return (
    <>
      <label>
        Files <input type="file" multiple onChange={add} />
      </label>
      <ul>
        {rows.map(({ id, file }) => <Row key={id} file={file} onRemove={() => remove(id)} />)}
      </ul>
    </>
  )
}

function Row({ file, onRemove }) {
  const { progress, result, error, pause, resume, retry } = useUpload(file, { preset: 'file', endpoint })
  const phase = error ? 'failed' : (progress?.phase ?? 'preparing')
  const isOpen = !error && !result
  return (
    <li>
      {file.name}: <output>{phase}</output>
      <progress aria-label={file.name} max={file.size || 1} value={progress?.loadedBytes ?? 0} />
      {isOpen && phase !== 'paused' && <button onClick={pause}>Pause</button>}
      {isOpen && phase === 'paused' && <button onClick={resume}>Resume</button>}
      {error && <button onClick={retry}>Try again</button>}
      <button onClick={onRemove}>Remove</button>
      {error && <p role="alert">{error.message} {error.hint}</p>}
      {result && <code>{result.key}</code>}
    </li>
  )
}
