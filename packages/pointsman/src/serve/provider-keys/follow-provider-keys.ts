import type { KeyRing } from '@pointsman/engine'
import { endsWithin, systemClock } from '../clock.ts'
import type { ControlLink } from '../control-link.ts'
import type { Log } from '../log.ts'
import { oneAtATime } from '../one-at-a-time.ts'
import { toldOnce } from './told-once.ts'

export interface FollowedProviderKeys {
  /** Has the keys before the first request is served. Never rejects. */
  start(): Promise<void>
  /**
   * A snapshot was applied: resolves when it may be acknowledged. Each change of a key makes a revision and answers only once
   * that is acknowledged, so that no request after the answer is called with the key before. Never rejects.
   */
  applied(): Promise<void>
  stop(): void
}

/** A look now and then finds what nobody was told of. */
const lookEveryMs = 15_000
/** A registry that hangs must not keep all other news from being acknowledged. */
const appliedWithinMs = 2_000

/** This data plane's ring holds what its host has. */
export function followProviderKeys(
  control: Pick<ControlLink, 'providerKeys' | 'onUp'>,
  ring: KeyRing,
  log: Log,
): FollowedProviderKeys {
  const tried = toldOnce(log)
  let cancel = (): void => undefined
  let stopped = false
  const take = oneAtATime(async () => {
    const keys = await tried('provider_keys_not_taken', () => control.providerKeys.sealed())
    // Else those that it has go on; the next look is near.
    if (keys !== null) ring.take(keys)
  })
  const look = (): void => {
    if (stopped) return
    cancel = systemClock.after(lookEveryMs, () => void take().then(look))
  }
  const end = control.providerKeys.onChange(() => void take())
  control.onUp(take)
  return {
    async start() {
      await take()
      look()
    },
    async applied() {
      await endsWithin(appliedWithinMs, take())
    },
    stop() {
      stopped = true
      cancel()
      end()
    },
  }
}
