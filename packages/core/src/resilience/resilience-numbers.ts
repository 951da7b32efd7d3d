/** When a call is made again on the same model. */
export interface RetryNumbers {
  /** What retries may add to the calls of one model in one region, in percent. 0 = nothing is retried. */
  readonly budgetPercent: number
  /** Retries that quiet times may save up for a bad moment, for each model and region. */
  readonly savedRetries: number
  /** A model with hardly any traffic earns no retry: it has one after so long without one. */
  readonly floorEveryMs: number
  /** The same for all models of a process together: what their floors may add up to. */
  readonly processFloorEveryMs: number
  readonly processSavedRetries: number
  /** Retries of one request on one model. */
  readonly mostRetries: number
  /** A connection that broke within this time broke at once: the vendor had just closed it. */
  readonly brokenAtOnceMs: number
  /** The wait is drawn from 0 to this window, which doubles with each retry up to `longestWindowMs`. */
  readonly windowMs: number
  /** The same where the vendor is overloaded or throttles. */
  readonly busyWindowMs: number
  readonly longestWindowMs: number
  /** The longest Retry-After that is waited for. */
  readonly longestToldMs: number
  /** Those that were told the same instant spread over this time after it. */
  readonly toldSpreadMs: number
  /** What a model needs to its first content where nothing is measured, and at most. */
  readonly usualFirstContentMs: number
  readonly longestFirstContentMs: number
}

/** When a model in a region is left alone, and how it comes back. */
export interface BreakerNumbers {
  /** It opens after so many failures in a row (0 = it never opens) … */
  readonly consecutiveFailures: number
  /** … or at this share of failures (0 to 1), counted only over `leastCalls` calls. */
  readonly failureShare: number
  readonly leastCalls: number
  /** Calls and failures lose half of their weight in this time. */
  readonly halfLifeMs: number
  /** How long it stays open at first; each opening that follows doubles it, up to `longestOpenMs`. */
  readonly openMs: number
  readonly longestOpenMs: number
  /** Closed for so long, it begins with `openMs` again. */
  readonly calmMs: number
  /** A probe that has told nothing for so long lets another one go. */
  readonly probeLeaseMs: number
}

export interface ResilienceNumbers {
  readonly retry: RetryNumbers
  readonly breaker: BreakerNumbers
}

/** The one place of these defaults; `docs/resilience.md` tells them and why. */
export const resilienceDefaults: ResilienceNumbers = {
  retry: {
    budgetPercent: 20,
    savedRetries: 10,
    floorEveryMs: 10_000,
    processFloorEveryMs: 1_000,
    processSavedRetries: 100,
    mostRetries: 2,
    brokenAtOnceMs: 500,
    windowMs: 100,
    busyWindowMs: 500,
    longestWindowMs: 2_000,
    longestToldMs: 5_000,
    toldSpreadMs: 1_000,
    usualFirstContentMs: 1_000,
    longestFirstContentMs: 3_000,
  },
  breaker: {
    consecutiveFailures: 5,
    failureShare: 0.5,
    leastCalls: 20,
    halfLifeMs: 10_000,
    openMs: 5_000,
    longestOpenMs: 60_000,
    calmMs: 60_000,
    probeLeaseMs: 30_000,
  },
}
