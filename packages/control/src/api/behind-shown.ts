import { z } from 'zod'

/** Who does not serve what was changed yet: beside the answer of every change. */
export const behindShown = {
  pending: z.array(z.string()).describe('Leased replicas that did not serve it within a second.'),
  unheard: z
    .array(z.object({ id: z.string(), since: z.iso.datetime() }))
    .describe(
      'Replicas that were not heard of since then and never left: killed, or cut off from the database and serving an older revision, for a day at most. Nobody waits for them.',
    ),
}
