import { Worker } from 'node:worker_threads'

/** Loaded ahead of time by a program that starts, and not taken yet; at most one. */
let spare: Worker | null = null

/**
 * Begins to load the database's program, which takes a third of a second, while the caller loads the rest of itself. It
 * opens nothing: whether a folder may be opened is not known so early. Keeps no process alive.
 */
export function loadDatabaseThread(): void {
  if (spare !== null) return
  const thread = startThread()
  thread.unref()
  // One that ends before anybody wants it is not missed: the next one says why.
  thread
    .once('error', () => undefined)
    .once('exit', () => {
      if (spare === thread) spare = null
    })
  spare = thread
}

/** A thread that waits to be told its folder. */
export function takeDatabaseThread(): Worker {
  const thread = spare ?? startThread()
  spare = null
  thread.ref()
  return thread
}

const startThread = (): Worker =>
  new Worker(new URL('./worker.ts', import.meta.url), {
    name: 'pointsman-database',
    // The parent's loaders and inspectors are its own.
    execArgv: [],
  })
