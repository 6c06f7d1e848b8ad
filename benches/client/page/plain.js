// One XMLHttpRequest with the whole file, to an address that the service has signed. `isSliced`: the same bytes as a
// slice of the file, which is what an upload in parts has to send.

import { person, settings } from './person.js'

const { service, preset, isSliced } = settings

person({
  async begin(file, progress) {
    const response = await fetch(`${service}/v1/uploads`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ preset, fileName: file.name, contentType: file.type, size: file.size }),
    })
    const { key, put: { url, headers } } = await response.json()
    await new Promise((resolve, reject) => {
      const request = new XMLHttpRequest()
      request.open('PUT', url)
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, String(value))
      request.upload.onprogress = ({ loaded, total }) => progress(loaded / total)
      request.onload = () => request.status === 200 ? resolve(undefined) : reject(new Error(`${request.status}`))
      request.onerror = () => reject(new Error('network'))
      request.send(isSliced ? file.slice() : file)
    })
    return key
  },
})
