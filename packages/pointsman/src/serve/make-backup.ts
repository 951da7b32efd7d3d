import { randomUUID } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Database } from '@pointsman/registry'
import { backUp } from '@pointsman/upkeep'
import type { Settings } from '../settings.ts'
import { systemClock } from './clock.ts'
import type { HostKeys } from './host-keys.ts'

/** New requests are refused with 256 MB free: whoever asks for a backup must not bring that about, however slowly it is taken. */
const leaveBytes = 512 * 1_048_576

/**
 * A backup for a caller of the API: to a file of the data folder first, so that a slow caller does not keep the
 * transaction open, and a caller gets either a whole one or a refusal. The file has no name while it is sent: it is gone
 * when the last byte is, however that ends.
 */
export async function makeBackup(
  database: Database,
  { dataDir, environment }: Settings,
  { headSigner }: HostKeys,
): Promise<ReadableStream<Uint8Array>> {
  const path = join(dataDir, `backup-${randomUUID()}.jsonl.gz`)
  try {
    await backUp({ database, headSigner, environment, nowMs: systemClock.nowMs(), leaveBytes }, path)
    const file = await open(path, 'r')
    return Readable.toWeb(file.createReadStream()) as ReadableStream<Uint8Array>
  } finally {
    await rm(path, { force: true })
  }
}
