import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { PGlite, type Results } from '@electric-sql/pglite'
import { columnReaders, writeValues } from '../column-values.ts'
import type { QueryResult, Row, SqlValue } from '../database.ts'
import { durableStartParameters, patchFsync, syncTree } from './durable-files.ts'
import { readImage, writeImage } from './empty-image.ts'
import type { WorkerQuestion, WorkerSettings } from './messages.ts'

export interface SessionOpening {
  readonly session: Session
  readonly durable: boolean
  /** Why it is not durable. */
  readonly problem: string | null
}

/** The one session of an embedded PostgreSQL, in the thread that runs it. */
export class Session {
  readonly #database: PGlite
  readonly #notify: (channel: string, payload: string) => void

  constructor(database: PGlite, notify: (channel: string, payload: string) => void) {
    this.#database = database
    this.#notify = notify
    database.onNotification((channel, payload) => this.#notify(channel, payload))
  }

  async answer(question: WorkerQuestion): Promise<readonly QueryResult[]> {
    switch (question.ask) {
      case 'query':
        return [await this.#query(question.text, question.values)]
      case 'script':
        return (await this.#database.exec(question.text)).map(readResults)
      case 'listen':
        // The callback is the one of onNotification; PGlite's own registration is passed by.
        await this.#database.exec(`LISTEN ${question.channel}`)
        return []
      case 'unlisten':
        await this.#database.exec(`UNLISTEN ${question.channel}`)
        return []
      case 'close':
        await this.#database.exec('CHECKPOINT')
        await this.#database.close()
        return []
    }
  }

  async #query(text: string, values: readonly SqlValue[]): Promise<QueryResult> {
    const notices: string[] = []
    const onNotice = ({ message }: { readonly message: string | undefined }): void => {
      if (message !== undefined) notices.push(message)
    }
    // lint-allow sql-text -- the driver: what callers hand to `query` is looked at where they do
    const results = await this.#database.query<Row>(text, writeValues(values), { onNotice })
    return { ...readResults(results), ...(notices.length === 0 ? {} : { notices }) }
  }
}

const readResults = (results: Results): QueryResult => ({
  rows: results.rows,
  // `affectedRows` counts changes only; a SELECT's rows are counted by their number.
  rowCount: results.rows.length > 0 ? results.rows.length : (results.affectedRows ?? 0),
  columns: results.fields.map((field) => field.name),
})

const parsers = Object.fromEntries(columnReaders)

/** PostgreSQL itself, which is the same for every folder. */
export const compileDatabase = async (): Promise<WebAssembly.Module> =>
  WebAssembly.compile(await readFile(new URL(import.meta.resolve('@electric-sql/pglite/pglite.wasm'))))

/**
 * PGlite's own 128 MB are all resident from the start. What does not fit costs 6 µs a row instead of 1.5, with 32 MB as with
 * 128; a month of a small server's reports fits into 64.
 */
const smallerBuffers = ['-c', 'shared_buffers=64MB']

/** Opens the folder (or memory), with real fsync where the files are real. */
export async function openSession(
  { dataDir, image: given }: WorkerSettings,
  compiled: WebAssembly.Module,
  notify: (channel: string, payload: string) => void,
): Promise<SessionOpening> {
  if (dataDir === null) {
    return {
      session: new Session(await openMemory(compiled, given), notify),
      durable: false,
      problem: 'the database is in memory',
    }
  }
  const image = isEmpty(dataDir) ? readImage() : null
  const database = await PGlite.create({
    dataDir,
    parsers,
    pgliteWasmModule: compiled,
    startParams: [...durableStartParameters(PGlite.defaultStartParams), ...smallerBuffers],
    ...(image === null ? {} : { loadDataDir: image }),
  })
  const problem = await makeDurable(database, dataDir).catch(
    (error: unknown) => `the fsync patch does not fit this version of PGlite: ${String(error)}`,
  )
  return { session: new Session(database, notify), durable: problem === null, problem }
}

const isEmpty = (folder: string): boolean => readdirSync(folder).length === 0

async function openMemory(compiled: WebAssembly.Module, file: string | null): Promise<PGlite> {
  const image = file === null ? readImage() : new Blob([await readFile(file)])
  const given = { parsers, pgliteWasmModule: compiled }
  if (image !== null) return PGlite.create({ ...given, loadDataDir: image })
  const database = await PGlite.create(given)
  await writeImage(database)
  return database
}

/** Patches, makes what is there durable, and proves it: one committed insert makes at least one fsync. */
async function makeDurable(database: PGlite, dataDir: string): Promise<string | null> {
  const fsyncs = patchFsync(database)
  await database.exec('CREATE SCHEMA IF NOT EXISTS pointsman_embedded')
  await database.exec(
    'CREATE TABLE IF NOT EXISTS pointsman_embedded.boots (opened_at timestamptz NOT NULL, swept boolean NOT NULL)',
  )
  const { rows } = await database.query<{ swept: boolean }>(
    'SELECT swept FROM pointsman_embedded.boots WHERE swept',
  )
  if (rows.length === 0) {
    await database.exec('CHECKPOINT')
    syncTree(dataDir)
  }
  const before = fsyncs()
  await database.exec(
    'DELETE FROM pointsman_embedded.boots; INSERT INTO pointsman_embedded.boots VALUES (now(), true)',
  )
  return fsyncs() > before ? null : 'a committed insert made no fsync'
}
