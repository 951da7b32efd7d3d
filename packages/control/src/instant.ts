import { z } from 'zod'

/** An instant as answers tell it: ISO 8601, UTC. */
export const instant = (atMs: number): string => new Date(atMs).toISOString()

export const instantOrNull = (atMs: number | null): string | null => (atMs === null ? null : instant(atMs))

/** What a query takes for an instant. */
export const instantText = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()])
  .describe('ISO date or instant.')
