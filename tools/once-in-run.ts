import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** The variable through which a run's folder reaches its test files (set by vitest-global-setup.ts). */
export const folderVariable = 'POINTSMAN_TEST_FOLDER'

export const isRunOfTests = (): boolean => process.env[folderVariable] !== undefined

/** Who makes it may have been killed. Less than a hook of a test may take. */
const waitMs = 100_000

/**
 * What many test files begin with, made once in a run: by whoever comes first, at the path that `make` is given; the other
 * workers wait for it. Answers the path, which nobody may write to; null where no run has a folder.
 */
export async function onceInRun(
  name: string,
  make: (path: string) => Promise<unknown>,
): Promise<string | null> {
  const run = process.env[folderVariable]
  if (run === undefined) return null
  const [made, making] = [join(run, name), join(run, `${name}.making`)]
  const deadlineMs = Date.now() + waitMs
  while (!existsSync(made)) {
    const isOurs = await mkdir(making).then(
      () => true,
      (thrown: unknown) => {
        if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false
        throw thrown
      },
    )
    if (!isOurs) {
      if (Date.now() > deadlineMs) throw new Error(`${name} was begun in ${making}, and never made`)
      await sleep(50)
      continue
    }
    try {
      // Somebody else may have made it between our look and our turn.
      if (!existsSync(made)) {
        await make(join(making, name))
        await rename(join(making, name), made)
      }
    } finally {
      await rm(making, { recursive: true, force: true })
    }
  }
  return made
}
