/** An instant as answers tell it: ISO 8601, UTC. */
export const instant = (atMs: number): string => new Date(atMs).toISOString()

export const instantOrNull = (atMs: number | null): string | null => (atMs === null ? null : instant(atMs))
