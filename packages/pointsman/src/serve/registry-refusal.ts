import type { PointsmanError } from '@pointsman/contract'

/**
 * Whether no later try mends why the registry cannot be opened: another master key, a newer schema, an old server. A folder
 * that is open elsewhere may be given back: an earlier start's processes may still be ending.
 */
export const isRefusal = ({ code, details }: PointsmanError): boolean =>
  code === 'refused' && details.data?.['pid'] === undefined
