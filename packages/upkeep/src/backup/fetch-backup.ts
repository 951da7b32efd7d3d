import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { PointsmanError } from '@pointsman/contract'
import type { BackupReport } from './format.ts'
import { inspectBackup } from './inspect.ts'
import { appearsWhole } from './whole-file.ts'

/** A running server: the embedded database has no other door while one has it open. */
export interface BackupSource {
  readonly url: string
  /** Of scope `admin`. */
  readonly key: string
}

/** Has a running server make a backup, and keeps it only when it arrived whole. */
export async function fetchBackup({ url, key }: BackupSource, path: string): Promise<BackupReport> {
  const answer = await fetch(`${url}/api/v1/backup`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    redirect: 'error',
  }).catch((error: unknown) => {
    throw new PointsmanError(
      'registry_unavailable',
      `No server answers at ${url}, which POINTSMAN_URL names. Set it to the server that has the database open, or stop that server.`,
      { cause: error },
    )
  })
  const { body } = answer
  if (!answer.ok || body === null) throw refusal(url, answer.status, await answer.text())
  return appearsWhole(path, async (temporary) => {
    await pipeline(
      Readable.fromWeb(body),
      createWriteStream(temporary, { mode: 0o600, flags: 'wx', flush: true }),
    )
    return inspectBackup(temporary)
  })
}

function refusal(url: string, status: number, text: string): PointsmanError {
  const mend =
    status === 401 || status === 403
      ? 'Set POINTSMAN_SERVICE_KEY to its service key, or to a key of scope admin.'
      : text.slice(0, 500)
  return new PointsmanError('refused', `The server at ${url} answered ${status}. ${mend}`)
}
