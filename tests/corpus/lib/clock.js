// A clock that stands, for signers that read `new Date()`.

const Real = globalThis.Date

/** `20260115T120000Z` as milliseconds. */
export function millis(basic) {
  const [, y, mo, d, h, mi, s] = basic.match(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/)
  return Real.UTC(+y, mo - 1, +d, +h, +mi, +s)
}

/** Runs `work` while every `new Date()` says `basic`. Timers are left alone. */
export async function at(basic, work) {
  const stands = millis(basic)
  globalThis.Date = class extends Real {
    constructor(...given) {
      super(...(given.length === 0 ? [stands] : given))
    }
    static now() {
      return stands
    }
  }
  try {
    return await work()
  } finally {
    globalThis.Date = Real
  }
}
