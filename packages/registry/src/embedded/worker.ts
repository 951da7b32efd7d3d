// Runs in a thread of its own: PostgreSQL in WebAssembly answers synchronously and would hold up every request.
import { parentPort, workerData } from 'node:worker_threads'
import { readSqlError } from '../sql-error.ts'
import type { SentError, WorkerMessage, WorkerRequest, WorkerSettings } from './messages.ts'
import { openSession } from './session.ts'

const port = parentPort
if (port === null) throw new Error('this file is a worker thread’s, not a program')
const settings = workerData as WorkerSettings

const tell = (message: WorkerMessage): void => port.postMessage(message)

const sent = (thrown: unknown): SentError => ({
  message: thrown instanceof Error ? thrown.message : String(thrown),
  sql: readSqlError(thrown)?.facts ?? null,
})

try {
  const { session, durable, problem } = await openSession(settings.dataDir, (channel, payload) =>
    tell({ tell: 'notification', channel, payload }),
  )
  port.on('message', ({ id, question }: WorkerRequest) => {
    session.answer(question).then(
      (results) => tell({ tell: 'answer', id, results }),
      (error: unknown) => tell({ tell: 'error', id, error: sent(error) }),
    )
  })
  tell({ tell: 'open', durable, problem })
} catch (error) {
  tell({ tell: 'not-open', error: sent(error) })
}
