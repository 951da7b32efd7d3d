import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { PointsmanError } from '@pointsman/contract'
import { formatVersion, type BackupEnd, type BackupHead, type BackupLine } from './format.ts'

/** Of a longer line nothing that we wrote could be the reason: one value of a row is bounded by the registry. */
const longestLine = 256 * 1_048_576

/** The lines of a backup. Each pass reads the file anew: it may be larger than memory. Throws `refused` where it is not whole. */
export async function* readLines(path: string): AsyncGenerator<BackupLine> {
  const hash = createHash('sha256')
  let before = 0
  let end: BackupEnd | null = null
  for await (const text of textLines(path)) {
    if (end !== null) throw damaged(path, 'something follows its last line')
    const line = parsed(path, text)
    if (before === 0) requireHead(path, line)
    if (isEnd(line)) {
      end = line
      if (line.sha256 !== hash.digest('hex')) throw damaged(path, 'its checksum does not fit what is in it')
    } else hash.update(`${text}\n`)
    before += 1
    yield line
  }
  if (end === null) throw damaged(path, 'its end is missing')
}

async function* textLines(path: string): AsyncGenerator<string> {
  let rest = ''
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  for await (const chunk of bytesOf(path)) {
    const lines = (rest + decodedBy(path, () => decoder.decode(chunk, { stream: true }))).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > longestLine) throw damaged(path, 'a line of it has no end')
    yield* lines
  }
  if (rest !== '') throw damaged(path, 'its last line is cut')
}

async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path)
  const gunzip = createGunzip()
  file.once('error', (error) => gunzip.destroy(error))
  try {
    for await (const chunk of file.pipe(gunzip)) yield chunk as Uint8Array
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'ENOENT') throw new PointsmanError('refused', `${path} is not there.`, { cause: error })
    if (code.startsWith('Z_')) throw damaged(path, 'it cannot be decompressed', error)
    throw error
  } finally {
    file.destroy()
  }
}

function decodedBy(path: string, decode: () => string): string {
  try {
    return decode()
  } catch (error) {
    throw damaged(path, 'it holds bytes that are no text', error)
  }
}

function parsed(path: string, text: string): BackupLine {
  try {
    // oxlint-disable-next-line no-restricted-properties -- our own file, whose checksum says that it is as it was written
    const line: unknown = JSON.parse(text)
    if (typeof line === 'object' && line !== null) return line as BackupLine
  } catch (error) {
    throw damaged(path, 'a line of it is no JSON', error)
  }
  throw damaged(path, 'a line of it is no JSON object')
}

export const isHead = (line: BackupLine): line is BackupHead => 'pointsman' in line
const isEnd = (line: BackupLine): line is BackupEnd => 'done' in line

function requireHead(path: string, line: BackupLine): void {
  if (!isHead(line)) throw damaged(path, 'it does not begin as one')
  const format: number = line.format
  if (format === formatVersion) return
  throw new PointsmanError(
    'refused',
    `${path} has format ${String(format)}; this program reads format ${formatVersion}. Restore it with the version of Pointsman that made it, or a newer one.`,
  )
}

export const damaged = (path: string, what: string, cause?: unknown): PointsmanError =>
  new PointsmanError(
    'refused',
    `${path} is no whole backup: ${what}. Take another copy of it. Nothing was changed.`,
    { cause },
  )
