import type {
  DrillCounts,
  DrillItem,
  DrillRecord,
  ModelChange,
  PriceItem,
  PriceOrder,
  ProviderItem,
} from '@pointsman/sdk'

/*
 * The client's shapes are written by hand, the server's come from its schemas. Each list of members is held to the type by the
 * compiler (a member too few or too many does not compile) and to the server by the test.
 */
export type Members<Shape> = { readonly [Name in keyof Required<Shape>]: true }
export const names = (members: object): readonly string[] => Object.keys(members).sort()

export const drillItem: Members<DrillItem> = {
  ...{ id: true, route: true, state: true, fault: true, retryAfterSeconds: true, afterParts: true },
  ...{ latencyMs: true, percent: true, model: true, provider: true, everyModel: true, reason: true },
  ...{ stopAbovePercent: true, startedAt: true, startedBy: true, endsAt: true, endedAt: true },
  ...{ endedBy: true, endReason: true },
}
export const drillRecord: Members<DrillRecord> = {
  drawn: true,
  others: true,
  seen: true,
  calls: true,
  hits: true,
}
export const drillCounts: Members<DrillCounts> = {
  ...{ requests: true, ok: true, partial: true, failed: true, refused: true, clientClosed: true },
  ...{ unknown: true, fallbacks: true, costUsd: true, p50Ms: true, p90Ms: true, longestMs: true },
}
export const priceItem: Members<PriceItem> = {
  ...{ id: true, modelId: true, region: true, effectiveFromMs: true, effectiveFrom: true, tiers: true },
  ...{
    serviceTiers: true,
    source: true,
    sourceDate: true,
    revision: true,
    inputPicoUsd: true,
    outputPicoUsd: true,
  },
  ...{ cacheReadPicoUsd: true, cacheWrite5mPicoUsd: true, cacheWrite1hPicoUsd: true },
}
export const priceOrder: Members<PriceOrder> = {
  ...{ id: true, modelId: true, region: true, effectiveFrom: true, tiers: true, source: true },
  ...{
    serviceTiers: true,
    sourceDate: true,
    inputPicoUsd: true,
    outputPicoUsd: true,
    cacheReadPicoUsd: true,
  },
  ...{ cacheWrite5mPicoUsd: true, cacheWrite1hPicoUsd: true },
}
export const modelChange: Members<ModelChange> = {
  ...{ enabled: true, isDefault: true, name: true, maxOutputTokens: true, priority: true, reason: true },
}
export const providerItem: Members<ProviderItem> = {
  ...{ id: true, configured: true, missing: true, baseUrl: true, keyLastFour: true, regions: true },
  ...{ models: true, enabledModels: true, circuits: true, takesAwsKeys: true, lastTest: true },
  ...{ keySource: true, keyFrom: true, keySince: true, keyExpiresAt: true, keyProblem: true },
}
