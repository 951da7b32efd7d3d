import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** All that the data planes of a folder have written into their journals. */
export async function journalText(dataDir: string): Promise<string> {
  const folder = join(dataDir, 'journal')
  const files = await readdir(folder, { recursive: true })
  const texts = await Promise.all(
    files.filter((name) => name.endsWith('.log')).map((name) => readFile(join(folder, name), 'utf8')),
  )
  return texts.join('')
}
