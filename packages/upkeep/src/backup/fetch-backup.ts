import { createWriteStream } from 'node:fs'
import { request as requestHttp, type IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import { text } from 'node:stream/consumers'
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
  const answer = await ask({ url, key }).catch((error: unknown) => {
    throw new PointsmanError(
      'registry_unavailable',
      `No server answers at ${url}, which POINTSMAN_URL names. Set it to the server that has the database open, or stop that server.`,
      { cause: error },
    )
  })
  const { statusCode = 0 } = answer
  if (statusCode !== 200) throw refusal(url, statusCode, await text(answer))
  return appearsWhole(path, async (temporary) => {
    await pipeline(answer, createWriteStream(temporary, { mode: 0o600, flags: 'wx', flush: true }))
    return inspectBackup(temporary)
  })
}

/** Not `fetch`, which gives up after five minutes: the answer begins when the server's file is whole. */
function ask({ url, key }: BackupSource): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const place = new URL(`${url}/api/v1/backup`)
    const send = place.protocol === 'https:' ? requestHttps : requestHttp
    send(place, { method: 'POST', headers: { authorization: `Bearer ${key}` } })
      .on('response', resolve)
      .on('error', reject)
      .end()
  })
}

function refusal(url: string, status: number, told: string): PointsmanError {
  const mend =
    status === 401 || status === 403
      ? 'Set POINTSMAN_SERVICE_KEY to its service key, or to a key of scope admin.'
      : told.slice(0, 500)
  return new PointsmanError('refused', `The server at ${url} answered ${status}. ${mend}`)
}
