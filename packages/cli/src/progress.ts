import type { ConnectionOptions } from '@pointsman/sdk'

type Send = NonNullable<ConnectionOptions['fetch']>

export interface ProgressOptions {
  /** Writes to the terminal's error side. */
  readonly write: (text: string) => void
  /** Silent until then. */
  readonly afterMs: number
}

const clearLine = '\r\u001b[K'

/** Says on one line, which it takes away again, that a request is still waited for. */
export function withProgress(send: Send, { write, afterMs }: ProgressOptions): Send {
  return async (url, init) => {
    const startedAt = performance.now()
    const { host } = new URL(url)
    const line = { shown: false }
    const tell = (): void => {
      line.shown = true
      write(`${clearLine}… waiting for ${host}, ${Math.round((performance.now() - startedAt) / 1_000)} s`)
    }
    let timer = setTimeout(() => {
      tell()
      timer = setInterval(tell, 1_000)
    }, afterMs)
    try {
      return await send(url, init)
    } finally {
      // Node's timers of both kinds end by either call.
      clearTimeout(timer)
      if (line.shown) write(clearLine)
    }
  }
}
