import type { FileLayer } from '@pointsman/journal'
import { lineOf } from '@pointsman/journal/testing'

/** A segment that a later program wrote: nobody here can read it. */
export async function addNewerSegment(files: FileLayer, journal: string, segment: number): Promise<void> {
  const folder = `/data/journal/${journal}`
  await files.makeDirectory(folder)
  const file = await files.create(`${folder}/${String(segment).padStart(6, '0')}.log`)
  await file.write(lineOf('{"type":"header","version":9}'), 0)
  await file.close()
}
