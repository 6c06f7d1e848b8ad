/**
 * `<dropslip-upload>` as a field of a form, in Chromium: value, validity, submission; and with a running
 * `dropslip dev`.
 *
 * Environment: `DROPSLIP_BIN` (the binary), `CHROMIUM` (the browser).
 */

import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { measure, sha256 } from './files.js'
import { elementPages, text } from './lib/element-page.js'
import { presignGet, startDev } from './server.js'

const use = elementPages()
/** @type {Awaited<ReturnType<typeof startDev>>} */
let dev

before(async () => {
  dev = await startDev()
})
after(async () => {
  await dev?.clean()
})

const form = (attributes) =>
  `<form action="/sent"><label for="f">Papers</label>
  <dropslip-upload id="f" name="f" ${attributes}></dropslip-upload><button id="send">Send</button></form>`
const served = (attributes) => () => form(`endpoint="${dev.page}/v1/uploads" ${attributes}`)

// ---- with a service ----

use(
  'a file is chosen, uploaded and submitted as its key',
  served('preset="file" required'),
  async ({ page, button, phase, element }) => {
    const bytes = Buffer.from('a letter')
    const opened = page.waitForEvent('filechooser')
    await button('Choose a file').click()
    const chooser = await opened
    assert.equal(chooser.isMultiple(), false)
    await chooser.setFiles({ name: 'letter.txt', mimeType: 'text/plain', buffer: bytes })
    await phase('letter.txt', 'done')
    const key = await element.evaluate((field) => field.value)
    assert.match(key, /^files\/.*letter\.txt$/)
    await page.click('#send')
    await page.waitForURL(/\/sent\?/)
    assert.deepEqual([...new URL(page.url()).searchParams], [['f', key]])
    const stored = await measure(await presignGet(dev.storage, key))
    assert.deepEqual([stored.status, stored.sha256], [200, sha256(bytes)])
  },
  { real: true },
)

use(
  'a folder and a file are dropped, and each is a value of the form',
  served('preset="file" multiple'),
  async ({ page, element, phase, sent, on }) => {
    const sea = join(dev.folder, 'sea')
    await mkdir(join(sea, 'deep'), { recursive: true })
    for (const name of ['a.txt', 'deep/b.txt', '.DS_Store']) await writeFile(join(sea, name), name)
    await writeFile(join(dev.folder, 'c.txt'), 'c')
    await dropPaths(page, element, [sea, join(dev.folder, 'c.txt')])
    for (const name of ['sea/a.txt', 'sea/deep/b.txt', 'c.txt']) await phase(name, 'done')
    const values = await on((field) => field.values)
    assert.deepEqual(values.map((key) => key.split('/').at(-1)).sort(), ['a.txt', 'b.txt', 'c.txt'])
    assert.deepEqual(
      await sent(),
      values.map((key) => `f,${key}`),
    )
    const deep = values.find((key) => key.endsWith('b.txt'))
    assert.equal((await measure(await presignGet(dev.storage, deep))).sha256, sha256(Buffer.from('deep/b.txt')))
  },
  { real: true },
)

use(
  'what the service refuses is shown with its reason, and blocks the form until it is removed',
  served('preset="photo"'),
  async ({ add, phase, row, button, on, page }) => {
    await add([text('notes.txt')])
    await phase('notes.txt', 'failed')
    assert.match(await row('notes.txt').locator('[part~=message]').innerText(), /text\/plain/)
    assert.equal(await on((field) => field.checkValidity()), false)
    await button(/Remove/).click()
    assert.equal(await on((field) => field.checkValidity()), true)
    await page.click('#send')
    await page.waitForURL(/\/sent/)
  },
  { real: true, expect: /422/ },
)

/** As a hand does it: folders are only handed over by the browser itself. */
async function dropPaths(page, element, files) {
  const { x, y } = await element.boundingBox()
  const session = await page.context().newCDPSession(page)
  const data = { items: [], files, dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop']) {
    await session.send('Input.dispatchDragEvent', { type, x: x + 20, y: y + 20, data })
  }
}

// ---- validity ----

use(
  'required: says so, takes the focus, and lets go when a file has been uploaded',
  form('required'),
  async ({ page, on, add, tell, focused }) => {
    const state = () =>
      on(({ validity, validationMessage }) => [validity.valid, validity.valueMissing, validationMessage])
    assert.deepEqual(await state(), [false, true, 'Choose a file.'])
    await page.click('#send')
    assert.equal(await focused(), 'Choose a file')
    assert.match(page.url(), /page-\d+$/)
    await add([text('a')])
    assert.deepEqual(await state(), [false, true, 'Wait until all is uploaded.'])
    await tell(0, 'done')
    assert.deepEqual(await state(), [true, false, ''])
  },
)

use(
  'the form waits for uploads that are on their way, queued or paused, and not for one that was cancelled',
  form('multiple'),
  async ({ on, add, tell, button, phase }) => {
    const custom = () => on(({ validity, validationMessage }) => validity.customError && validationMessage)
    assert.equal(await custom(), false)
    await add([text('a'), text('b')])
    assert.match(await custom(), /Wait/)
    await tell(0, 'done')
    await button(/Pause.*b/).click()
    await phase('b', 'paused')
    assert.match(await custom(), /Wait/)
    await button(/Cancel.*b/).click()
    assert.equal(await custom(), false)
    await button(/Retry.*b/).click()
    await tell(2, 'fail', 'network', 'no answer')
    assert.match(await custom(), /failed/)
    await button(/Remove.*b/).click()
    assert.equal(await custom(), false)
  },
)

use('a message of the page counts as in native fields', form(''), async ({ on }) => {
  assert.deepEqual(
    await on((field) => {
      field.setCustomValidity('No.')
      const first = [field.checkValidity(), field.reportValidity(), field.validationMessage]
      field.setCustomValidity('')
      return [...first, field.checkValidity(), field.willValidate]
    }),
    [false, false, 'No.', true, true],
  )
})

use('form and labels are as of native fields; a click on the label chooses a file', form(''), async ({ page, on }) => {
  assert.deepEqual(await on((f) => [f.form === document.forms[0], f.labels.length, f.labels[0].textContent, f.value]), [
    true,
    1,
    'Papers',
    '',
  ])
  const opened = page.waitForEvent('filechooser')
  await page.click('label')
  await opened
  const { nodes } = await (await page.context().newCDPSession(page)).send('Accessibility.getFullAXTree')
  const groups = nodes.filter(({ role, ignored }) => role?.value === 'group' && !ignored)
  assert.deepEqual(
    groups.map(({ name }) => name?.value),
    ['Papers'],
  )
})

// ---- values ----

use('single: a new file takes the place of the one before', form(''), async ({ page, on, add, tell, sent, said }) => {
  await add([text('a')])
  await tell(0, 'done')
  assert.deepEqual([await on((f) => f.value), await sent()], ['files/a', ['f,files/a']])
  await add([text('b')])
  assert.deepEqual([await on((f) => f.value), await sent()], ['', []])
  await add([text('c'), text('d')])
  assert.deepEqual(await said(1), ['abort'])
  await tell(2, 'done')
  assert.deepEqual(await sent(), ['f,files/c'])
  assert.match(await page.locator('[part~=notice]').innerText(), /Not added: .?d/)
  assert.deepEqual(await on((f) => f.files.map(({ name, phase }) => [name, phase])), [['c', 'done']])
})

use(
  'multiple: a value for each key; none without a name, none while disabled',
  form('multiple'),
  async ({ page, on, add, tell, sent, button }) => {
    await add([text('a'), text('b')])
    await tell(1, 'done')
    assert.deepEqual(await sent(), ['f,files/b'])
    await tell(0, 'done')
    assert.deepEqual(await sent(), ['f,files/a', 'f,files/b'])
    assert.deepEqual(await on((f) => [f.value, f.values]), ['files/a', ['files/a', 'files/b']])
    for (const [on, off] of [
      ['f.name = ""', 'f.name = "f"'],
      ['f.disabled = true', 'f.disabled = false'],
    ]) {
      await page.evaluate(on)
      assert.deepEqual(await sent(), [], on)
      await page.evaluate(off)
    }
    await button(/Remove.*a/).click()
    assert.deepEqual(await sent(), ['f,files/b'])
  },
)

use(
  'input and change tell when the value has changed, and only then',
  form('multiple'),
  async ({ page, add, tell, button }) => {
    await page.evaluate(() => {
      globalThis.events = []
      const note = ({ type, target, detail }) =>
        globalThis.events.push(
          [
            type,
            type === 'change' || type === 'input' ? target.values.join() : detail.file.name,
            detail?.key ?? detail?.error?.code ?? detail?.progress?.phase,
          ]
            .filter(Boolean)
            .join(' '),
        )
      for (const type of ['input', 'change', 'dropslip-progress', 'dropslip-done', 'dropslip-error'])
        document.addEventListener(type, note)
    })
    const events = () => page.evaluate(() => globalThis.events.splice(0))
    await add([text('a'), text('b')])
    assert.deepEqual(await events(), [])
    await tell(0, 'report', { phase: 'sending', loadedBytes: 1 })
    assert.deepEqual(await events(), ['dropslip-progress a sending'])
    await tell(0, 'done')
    assert.deepEqual(await events(), [
      'dropslip-progress a done',
      'input files/a',
      'change files/a',
      'dropslip-done a files/a',
    ])
    await tell(1, 'fail', 'network', 'no answer')
    assert.deepEqual(await events(), ['dropslip-error b network'])
    await button(/Retry/).click()
    await button(/Cancel/).click()
    await button(/Remove.*a/).click()
    assert.deepEqual(await events(), ['input', 'change'])
  },
)

use(
  'a reset ends what is on its way and empties the field',
  form('multiple'),
  async ({ page, on, add, tell, said, sent }) => {
    await add([text('a'), text('b')])
    await tell(0, 'done')
    await page.evaluate(() => document.forms[0].reset())
    assert.deepEqual(
      [await said(1), await sent(), await on((f) => f.files.length), await on((f) => f.checkValidity())],
      [['abort'], [], 0, true],
    )
  },
)

use(
  'disabled, by itself or by a fieldset: nothing can be added or pressed',
  `<fieldset>${form('multiple')}</fieldset>`,
  async ({ page, on, add, button, started }) => {
    await add([text('a')])
    for (const [on_, off] of [
      ['f.disabled = true', 'f.disabled = false'],
      ['f.closest("fieldset").disabled = true', 'f.closest("fieldset").disabled = false'],
    ]) {
      await page.evaluate(on_)
      assert.deepEqual(
        [await button('Choose').isDisabled(), await button(/Cancel/).isDisabled(), await on((f) => f.willValidate)],
        [true, true, false],
      )
      assert.equal(await add([text('b')], 'drop'), false)
      assert.equal(await add([text('b')], 'paste'), false)
      await page.evaluate(off)
      assert.equal(await button('Choose').isDisabled(), false)
    }
    assert.deepEqual(await started(), ['a'])
  },
)

use(
  'back on the page, the browser restores what had been uploaded',
  form('multiple'),
  async ({ page, add, tell, sent, phase, on, origin }) => {
    await add([text('a'), text('b')])
    await tell(0, 'done')
    await page.evaluate(() => addEventListener('unload', () => {}))
    await page.goto(`${origin}/elsewhere`)
    await page.goBack()
    await phase('a', 'done')
    assert.deepEqual(await sent(), ['f,files/a'])
    assert.deepEqual(await on((f) => f.files.map(({ file, name }) => [file, name])), [[null, 'a']])
  },
)

use('what is set before the module arrives holds', form(''), async ({ page }) => {
  const options = await page.evaluate(async () => {
    const frame = document.createElement('iframe')
    document.body.append(frame)
    const inner = frame.contentDocument
    const early = inner.createElement('dropslip-upload')
    Object.assign(early, {
      multiple: true,
      preset: 'p',
      headers: { a: 'b' },
      metadata: (file, path) => ({ path }),
      strings: { chooseMany: 'Add' },
    })
    inner.body.append(early)
    await frame.contentWindow.eval('import("/client/element.js")')
    early.add([new frame.contentWindow.File([], 'x')])
    const { preset, headers, metadata, endpoint } = frame.contentWindow.uploads[0].options
    return [
      preset,
      headers,
      metadata,
      endpoint,
      early.getAttribute('preset'),
      early.shadowRoot.querySelector('button').textContent,
    ]
  })
  assert.deepEqual(options, ['p', { a: 'b' }, { path: 'x' }, undefined, 'p', 'Add'])
})
