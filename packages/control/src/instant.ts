import { z } from 'zod'

/** An instant as answers tell it: ISO 8601, UTC. */
export const instant = (atMs: number): string => new Date(atMs).toISOString()

export const instantOrNull = (atMs: number | null): string | null => (atMs === null ? null : instant(atMs))

/** What the database can hold and ISO 8601 has four digits for. */
export const earliestMs = Date.parse('0001-01-01T00:00:00Z')
export const latestMs = Date.parse('9999-12-31T23:59:59.999Z')

/** What is no instant at all is told by its form. */
function isOfCalendar(text: string): boolean {
  const atMs = Date.parse(text)
  return Number.isNaN(atMs) || (atMs >= earliestMs && atMs <= latestMs)
}
const ofCalendar = 'should lie in the years 1 to 9999 (UTC)'

export const isoDate = z.iso.date().refine(isOfCalendar, ofCalendar)

/** An instant as bodies give it. */
export const instantGiven = z.iso.datetime({ offset: true }).refine(isOfCalendar, ofCalendar)

/** What a query takes for an instant. */
export const instantText = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()])
  .refine(isOfCalendar, ofCalendar)
  .describe('ISO date or instant.')
