// Runs in a thread of its own: PostgreSQL in WebAssembly answers synchronously and would hold up every request.
import { parentPort } from 'node:worker_threads'
import { readSqlError } from '../sql-error.ts'
import type { SentError, WorkerMessage, WorkerRequest, WorkerSettings } from './messages.ts'
import { compileDatabase, openSession } from './session.ts'

const port = parentPort
if (port === null) throw new Error('this file is a worker thread’s, not a program')

const tell = (message: WorkerMessage): void => port.postMessage(message)

const sent = (thrown: unknown): SentError => ({
  message: thrown instanceof Error ? thrown.message : String(thrown),
  sql: readSqlError(thrown)?.facts ?? null,
})

try {
  // Which folder it is may be told much later: a program that starts loads the rest of itself meanwhile.
  const [settings, compiled] = await Promise.all([
    new Promise<WorkerSettings>((resolve) => port.once('message', resolve)),
    compileDatabase(),
  ])
  const { session, durable, problem } = await openSession(settings, compiled, (channel, payload) =>
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
