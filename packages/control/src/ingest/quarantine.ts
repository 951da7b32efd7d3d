import { join } from 'node:path'
import { nodeFiles, type FileLayer, type PlacedRecord } from '@pointsman/journal'

export const quarantineFolder = 'quarantine'

/**
 * Keeps a record that the database refuses in a file of its own, named by its place in the journal, so that
 * the records behind it can pass and this one is not lost with its segment. Durable when it resolves; a second
 * time for the same place writes the same file anew.
 */
export async function quarantine(
  journalDir: string,
  item: PlacedRecord,
  options: { readonly reason: string; readonly files?: FileLayer },
): Promise<string> {
  const files = options.files ?? nodeFiles
  const folder = join(journalDir, quarantineFolder)
  const { journal, segment, offset } = item.position
  const path = join(folder, `${journal}-${segment}-${offset}.json`)
  await files.makeDirectory(folder)
  await files.remove(path)
  const file = await files.create(path)
  try {
    await file.write(new TextEncoder().encode(`${JSON.stringify({ reason: options.reason, ...item })}\n`), 0)
    await file.datasync()
  } finally {
    await file.close()
  }
  await files.syncDirectory(folder)
  return path
}
