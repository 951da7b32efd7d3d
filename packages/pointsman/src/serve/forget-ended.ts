import type { ReplicaRow } from '@pointsman/registry'
import type { Replicas } from '@pointsman/control'

/** This machine, as its replicas name it. */
export interface Machine {
  readonly host: string
  isAlive(pid: number): boolean
}

/**
 * Forgets the replicas of this machine whose processes ended without a word, as by kill -9: a switch would wait for those whose
 * lease still runs, and name the others for a day as perhaps cut off. Processes of another container may have this machine's
 * name and cannot be seen: with a database that others share only those go whose lease has run out, which is no loss to one
 * that lives.
 */
export async function forgetEnded(
  replicas: Pick<Replicas, 'list' | 'leave'>,
  machine: Machine,
  isShared: boolean,
): Promise<void> {
  for (const replica of await replicas.list())
    if (hasEnded(replica, machine) && !(isShared && replica.live)) await replicas.leave(replica.id)
}

function hasEnded({ host, id, kind }: ReplicaRow, machine: Machine): boolean {
  if (kind !== 'leased' || host !== machine.host || !id.startsWith(`${host}-`)) return false
  const pid = Number.parseInt(id.slice(host.length + 1), 10)
  return Number.isSafeInteger(pid) && !machine.isAlive(pid)
}

/** Signal 0 is delivered to nobody. A process of another user may not be asked, and lives. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
