import type { Output } from '@pointsman/cli'
import type { BackupSource } from '@pointsman/upkeep'
import type { Settings } from '../../settings.ts'

/** What a command beside a server works with. */
export interface UpkeepCall {
  readonly settings: Settings
  readonly environment: NodeJS.ProcessEnv
  readonly file: string | undefined
  readonly output: Output
  /** Says on a terminal how far it is. */
  readonly progress: (what: string, count: number) => void
  /** The server that may have the database open. Throws where no key for it is known. */
  readonly server: () => Promise<BackupSource>
}
