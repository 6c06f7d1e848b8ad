// The fifth version, as one script: the page finds it in `window.uppy`.

import AwsS3 from '@uppy/aws-s3'
import Uppy from '@uppy/core'

window.uppy = { AwsS3, Uppy }
