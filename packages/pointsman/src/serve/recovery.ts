import { join } from 'node:path'
import { journalId, type JournalId } from '@pointsman/contract'
import { randomUUID } from 'node:crypto'
import { turnSent } from '@pointsman/engine/sent-together'
import { listJournals, openJournal, recover, type Journal } from '@pointsman/journal'
import { holdName, type FolderLock } from '@pointsman/registry/folder-lock'
import type { Settings } from '../settings.ts'
import { systemClock } from './clock.ts'
import type { Log } from './log.ts'

export interface OwnedJournal {
  readonly journal: Journal
  close(): Promise<void>
}

const journalsOf = (dataDir: string): string => join(dataDir, 'journal')
const lockName = (id: JournalId): string => `pointsman-journal-${id}`

/**
 * Opens this process's journal. Its name is held from before its folder is there until it is closed or the process ends,
 * however it ends: that is how everybody else knows that its writer lives.
 */
export async function openOwnJournal(settings: Settings, log: Log): Promise<OwnedJournal> {
  const id = journalId(randomUUID())
  const lock = await holdName(lockName(id))
  if (lock === null) throw new Error(`the new journal ${id} is held by another process`)
  try {
    const journal = await openJournal({
      dir: journalsOf(settings.dataDir),
      durability: settings.durability,
      newId: () => id,
      // Written first, they held back the calls of their turn by 20 µs (the median of one connection).
      gathered: turnSent,
      onFailure: (failure) => log('error', 'journal_failure', { ...failure }),
    })
    return {
      journal,
      async close() {
        try {
          await journal.close()
        } finally {
          await lock.release()
        }
      },
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}

/**
 * Brings the journals of dead writers to their end. One whose writer lives is not touched, and each name is held while its
 * journal is recovered, so that two who recover do not meet.
 */
export async function recoverDead(dataDir: string, log: Log): Promise<void> {
  const dir = journalsOf(dataDir)
  // One that cannot be listed keeps no process from starting: it waits, as one that cannot be read.
  const onUnlisted = (journal: JournalId, error: unknown): void =>
    log('error', 'journal_not_recovered', { journal, error })
  const open = (await listJournals(dir, { onUnlisted })).filter(({ sealed }) => !sealed)
  const dead = new Map<JournalId, FolderLock>()
  try {
    for (const { journal } of open) {
      const lock = await holdName(lockName(journal))
      if (lock !== null) dead.set(journal, lock)
    }
    if (dead.size > 0) await recoverThese(dir, new Set(dead.keys()), log)
  } finally {
    await Promise.all([...dead.values()].map((lock) => lock.release()))
  }
}

async function recoverThese(dir: string, only: ReadonlySet<JournalId>, log: Log): Promise<void> {
  const { failures, journals } = await recover(dir, { ownId: null, only, nowMs: systemClock.nowMs() })
  for (const { closedIntents, damage, journal: id } of journals) {
    log('info', 'journal_recovered', {
      journal: id,
      unknownOutcomes: closedIntents.length,
      damage: damage.length,
    })
  }
  for (const { error, journal: id } of failures) log('error', 'journal_not_recovered', { journal: id, error })
}
