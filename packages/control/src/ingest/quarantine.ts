import { join } from 'node:path'
import { nodeFiles, type FileLayer } from '@pointsman/journal'
import type { CollectedItem } from './collect-batch.ts'

export const quarantineFolder = 'quarantine'

/**
 * Keeps a record that the database refuses in a file of its own, named by its place in the journal, so that
 * the records behind it can pass and this one is not lost with its segment. Durable when it resolves; a second
 * time for the same place writes the same file anew.
 */
export async function quarantine(
  journalDir: string,
  item: CollectedItem,
  options: { readonly reason: string; readonly files?: FileLayer },
): Promise<string> {
  const files = options.files ?? nodeFiles
  const folder = join(journalDir, quarantineFolder)
  const { json, position } = item
  const { journal, segment, offset } = position
  const path = join(folder, `${journal}-${segment}-${offset}.json`)
  await files.makeDirectory(folder)
  await files.remove(path)
  const file = await files.create(path)
  try {
    const [reason, record, place] = [
      JSON.stringify(options.reason),
      asJson(new TextDecoder().decode(json)),
      JSON.stringify(position),
    ]
    const text = `{"reason":${reason},"record":${record},"position":${place}}\n`
    await file.write(new TextEncoder().encode(text), 0)
    await file.datasync()
  } finally {
    await file.close()
  }
  await files.syncDirectory(folder)
  return path
}

/** The record as it stands in the journal, with whatever was refused in it; a text of it where that is no JSON. */
function asJson(record: string): string {
  try {
    JSON.parse(record)
    return record
  } catch {
    return JSON.stringify(record)
  }
}
