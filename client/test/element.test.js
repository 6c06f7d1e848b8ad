/** The element's own decisions: its words in six languages, what it accepts, what it takes out of folders. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ENTRIES_MAX, filesOf } from '../src/element-files.js'
import { accepts, createWords, en, sentence, shownName } from '../src/element-text.js'
import * as locales from '../src/locales.js'

const cases = (name, call, table) => {
  for (const [expect, ...args] of table) {
    test(`${name}(${args.map((a) => JSON.stringify(a)).join(', ')})`, () => assert.deepEqual(call(...args), expect))
  }
}

test('where no page is, the module can be imported and defines nothing', async () => {
  const { DropslipUploadElement } = await import('../src/element.js')
  assert.equal(DropslipUploadElement.formAssociated, true)
  assert.equal(globalThis.customElements, undefined)
})

const file = (name, type = '') => ({ name, type })
cases('accepts', accepts, [
  [true, '', file('a.exe')], [true, ' , ', file('a.exe')],
  [true, 'image/*', file('a', 'image/png')], [true, 'IMAGE/*', file('a', 'image/png')], [true, '*/*', file('a', 'x/y')],
  [true, 'text/plain', file('a', 'text/plain; charset=utf-8')], [true, '.PDF', file('a.pdf', 'x/y')],
  [true, '.tar.gz', file('a.tar.gz', 'x/y')], [true, 'image/*, .zip', file('a.ZIP', 'x/y')],
  [true, '.zip,image/*', file('a.heic')],
  [false, 'image/*', file('a.png', 'text/plain')], [false, 'image/*', file('a', 'imagex/png')],
  [false, 'image/png', file('a.png', 'image/jpeg')], [false, '.pdf', file('pdf')], [false, '.pdf', file('a.pdf.exe')],
  [false, '.pdf', file('a')], [false, '.jpg,.png', file('a.gif', 'image/gif')],
  [false, 'png', file('a.png', 'image/png')],
])
cases('shownName', shownName, [
  ['../../é "x".jpg', '../../é "x".jpg'], ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
  ['photo\ufffdgpj.exe', 'photo\u202egpj.exe'], ['a\ufffdb\ufffdc\ufffd', 'a\nb\u0000c\u2066'],
  ['a\ufffdb', 'a\u2029b'],
  ['שלום.txt', 'שלום.txt'], ['', ''],
])
cases('sentence', sentence, [
  ['It failed.', 'it failed'], ['Why?', 'why?'], ['The preset photo.', 'the preset `photo`'], ['終わり。', '終わり。'],
  ['', ''], ['', undefined],
])

const words = (lang, own) => createWords(locales, lang, own)
/** `Intl` separates with several kinds of space. */
const plain = (text) => text.replace(/[\xa0\u202f]/g, ' ')
cases('bytes', (lang, value, per) => plain(words(lang).bytes(value, per)), [
  ['0 bytes', 'en', 0], ['1 byte', 'en', 1], ['999 bytes', 'en', 999], ['1 kB', 'en', 1000], ['1 MB', 'en', 999_960],
  ['1.5 GB', 'en', 1.5e9], ['5,000 TB', 'en', 5e15], ['12.3 MB/s', 'en', 12.34e6, '-per-second'],
  ['1,5 GB', 'de', 1.5e9], ['1,5 GB', 'de-AT', 1.5e9], ['1,5 Mo', 'fr', 1.5e6], ['1.5 MB', 'ja', 1.5e6],
  ['١٫٥ م.ب', 'ar-EG', 1.5e6],
])
cases('duration', (lang, seconds) => plain(words(lang).duration(seconds)), [
  ['1 sec', 'en', 0.2], ['59 sec', 'en', 58.4], ['1 min', 'en', 59.5], ['2 min', 'en', 61], ['90 min', 'en', 5400],
  ['2.5 hr', 'en', 9000], ['34 Sek.', 'de', 34], ['2,5 h', 'fr', 9000],
])
cases('plural', (lang, n) => plain(words(lang).text('total', { done: 0, n })), [
  ['0 of 1 file uploaded', 'en', 1], ['0 of 2 files uploaded', 'en', 2], ['0 of 1,200 files uploaded', 'en', 1200],
  ['0 von 1 Datei hochgeladen', 'de', 1], ['0 de 3 archivos subidos', 'es', 3], ['2件中0件をアップロードしました', 'ja', 2],
  ['رُفع 0 من ملفين', 'ar', 2], ['رُفع 0 من 3 ملفات', 'ar', 3], ['رُفع 0 من 11 ملفًا', 'ar', 11],
  ['رُفع 0 من 100 ملف', 'ar', 100], ['رُفع ٠ من ٣ ملفات', 'ar-EG', 3],
])
cases('language', (lang, own) => words(lang, own).text('pause'), [
  ['Pause', 'en'], ['Anhalten', 'de'], ['Anhalten', 'de-CH'], ['Pause', 'tlh'], ['Pause', ''], ['Pause', 'x_y'],
  ['Halt', 'de', { pause: 'Halt' }], ['Halt', 'x_y', { pause: 'Halt' }], ['', 'en', { pause: '' }],
])
test('a page changes the English texts for all languages that lack them', () => {
  const { text } = createWords({ en: { pause: 'Hold' }, nl: { resume: 'Verder' } }, 'nl')
  assert.deepEqual([text('pause'), text('resume')], ['Hold', 'Verder'])
})
test('names are isolated and few', () => {
  assert.equal(words('en').named('pause', 'a\u202e.jpg'), 'Pause \u2068a\ufffd.jpg\u2069')
  assert.equal(words('en').names(['a', 'b', 'c', 'd', 'e']).replace(/[\u2068\u2069]/g, ''), 'a, b, c, …')
  assert.equal(words('ja').named('pause', 'a'), '\u2068a\u2069：一時停止')
})
test('what stands in braces in a name stays', () => {
  assert.match(words('en').named('pause', '{what}{constructor}$&'), /\{what\}\{constructor\}\$&/)
})

const placeholders = (text) => new Set(JSON.stringify(text).match(/\{\w+\}/g))
for (const [lang, strings] of Object.entries(locales)) {
  test(`${lang} has every text, and nothing else in braces`, () => {
    assert.deepEqual(Object.keys(strings).sort(), [...Object.keys(en), 'errors'].sort())
    for (const key of Object.keys(en)) assert.deepEqual(placeholders(strings[key]), placeholders(en[key]), key)
    assert.deepEqual(Object.keys(strings.errors), Object.keys(locales.de.errors))
    for (const text of Object.values(strings.errors)) assert.equal(sentence(text), text)
  })
  test(`${lang} has only plural forms that its language knows, and where it has some, the last`, () => {
    const known = new Intl.PluralRules(lang).resolvedOptions().pluralCategories
    for (const [key, text] of Object.entries(strings)) {
      if (typeof text === 'string' || key === 'errors') continue
      assert.ok('other' in text, key)
      assert.deepEqual(Object.keys(text).filter((form) => !known.includes(form)), [], key)
    }
  })
}

/** Folders as a drop hands them over; the browser gives a few entries at a time. */
const folder = (name, ...entries) => ({
  name,
  fullPath: `/${name}`,
  isDirectory: true,
  createReader() {
    let at = 0
    return { readEntries: (done) => done(entries.slice(at, (at += 2))) }
  },
})
const inside = (path) => ({
  name: path.split('/').at(-1),
  fullPath: `/${path}`,
  isFile: true,
  file: (done) => done(new File([], path)),
})
const drop = (...entries) => ({
  items: entries.map((entry) => ({
    webkitGetAsEntry: () => (entry instanceof File ? null : entry),
    getAsFile: () => (entry instanceof File ? entry : null),
  })),
})
const names = async (...entries) => {
  const { files, skipped } = await filesOf(drop(...entries))
  return { files: files.map(([, name]) => name), skipped }
}

test('files come as they are, those in folders with their path', async () => {
  const deep = folder('sea/deep', inside('sea/deep/b.jpg'))
  const sea = folder('sea', inside('sea/a.jpg'), deep, inside('sea/c.jpg'), inside('sea/d.jpg'))
  assert.deepEqual(await names(new File([], 'x.txt'), sea, new File([], 'y.txt')), {
    files: ['x.txt', 'sea/a.jpg', 'sea/deep/b.jpg', 'sea/c.jpg', 'sea/d.jpg', 'y.txt'], skipped: [],
  })
})
test('what file managers leave behind is no file; what looks like it is', async () => {
  const left = ['.DS_Store', 'Thumbs.db', 'desktop.ini', 'x.DS_Store'].map((name) => inside(name))
  assert.deepEqual((await names(folder('f', ...left))).files, ['x.DS_Store'])
})
test('texts and other things that are dropped are left alone', async () => {
  assert.deepEqual(await names(null), { files: [], skipped: [] })
  assert.deepEqual(await names(), { files: [], skipped: [] })
})
test('what cannot be read is named, and the others are taken', async () => {
  const locked = { ...inside('f/locked'), file: (_, fail) => fail(new Error('NotReadableError')) }
  const refusing = { readEntries: (_, fail) => fail(new Error('denied')) }
  const closed = { ...folder('f/closed'), createReader: () => refusing }
  assert.deepEqual(await names(folder('f', locked, closed, inside('f/open'))), {
    files: ['f/open'], skipped: ['f/locked', 'f/closed'],
  })
})
test('a folder without an end has one', async () => {
  const loop = folder('loop', inside('loop/a'))
  loop.createReader = () => ({ readEntries: (done) => done([inside('loop/a'), loop]) })
  const { files, skipped } = await names(loop)
  assert.ok(files.length > 10 && files.length < ENTRIES_MAX, `${files.length} files`)
  assert.deepEqual(new Set(skipped.map((name) => name.split('/')[0])), new Set(['loop']))
})
