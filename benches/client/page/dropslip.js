// The client, with nothing set but where its service is.

import { upload } from '/client/dropslip.js'
import { person, settings } from './person.js'

const { service, preset } = settings

person({
  async begin(file, progress) {
    const { key } = await upload(file, {
      endpoint: `${service}/v1/uploads`,
      preset,
      onProgress: ({ loadedBytes, totalBytes }) => progress(loadedBytes / totalBytes),
    })
    return key
  },
})
