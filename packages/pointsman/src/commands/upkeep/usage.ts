import { parseArgs } from 'node:util'

/** Commands that need no server: they work on the database and the data folder of this machine. */
export const upkeepNames = ['migrate', 'backup', 'restore', 'doctor'] as const
export type UpkeepName = (typeof upkeepNames)[number]

interface Entry {
  readonly file: '' | ' [FILE]' | ' FILE'
  readonly summary: string
  readonly details: string
}

// size: a declared table
export const upkeepCommands: { readonly [Name in UpkeepName]: Entry } = {
  migrate: {
    file: '',
    summary: 'Brings the database to this version’s schema; every start does it too.',
    details: 'A server that is running on the embedded database has done it already.',
  },
  backup: {
    file: ' [FILE]',
    summary: 'Writes the whole registry at one instant, usage included, to a file.',
    details:
      'While a server has the embedded database open it is asked for it (POINTSMAN_URL, POINTSMAN_SERVICE_KEY), and so is the server that POINTSMAN_URL names where there is no database here; a PostgreSQL server is read directly, while everything goes on. The master key is not in it.',
  },
  restore: {
    file: ' FILE',
    summary: 'Fills an empty database from a backup, or leaves it untouched.',
    details:
      'Into the embedded database of --data-dir, or into the PostgreSQL database that DATABASE_URL names, whichever it came from. Begins a new epoch, as a recorded switch.',
  },
  doctor: {
    file: '',
    summary: 'Looks at credentials, models, database, clock, disk, journal, keys; says how to mend each.',
    details: 'Changes nothing and calls no model.',
  },
}

export const upkeepOptions = {
  'data-dir': { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

/** Told without loading what the command runs. What is wrongly typed beside it is told by the command. */
export const asksForHelp = (args: readonly string[]): boolean => {
  const { values } = parseArgs({
    ...{ args: [...args], options: upkeepOptions, allowPositionals: true, strict: false },
  })
  return values.help === true
}

export const takesFile = (name: UpkeepName): boolean => upkeepCommands[name].file !== ''

export const upkeepUsage = (name: UpkeepName): string => {
  const { details, file, summary } = upkeepCommands[name]
  return `Usage: pointsman ${name}${file} [--data-dir FOLDER] [--json]
${summary} ${details}
Needs no server. The data folder is .pointsman, or POINTSMAN_DATA_DIR.
Exit codes: 0 done, 1 refused${name === 'doctor' ? ' or a problem found' : ''}, 2 wrongly typed, 3 no answer.
`
}
