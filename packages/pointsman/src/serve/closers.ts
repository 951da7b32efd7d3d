import type { Log } from './log.ts'

/** What has to be closed, last opened first. One that fails is told, and the others are closed all the same. */
export interface Closers {
  add(name: string, close: () => Promise<unknown>): void
  closeAll(): Promise<void>
}

export function createClosers(log: Log): Closers {
  const open: { readonly name: string; readonly close: () => Promise<unknown> }[] = []
  return {
    add: (name, close) => {
      open.push({ name, close })
    },
    async closeAll() {
      for (let next = open.pop(); next !== undefined; next = open.pop()) {
        const { close, name } = next
        await close().catch((error: unknown) => {
          log('error', 'not_closed_cleanly', { part: name, error })
        })
      }
    },
  }
}
