import { PointsmanError } from '@pointsman/contract'
import type { ControlHouse } from '../house.ts'
import { downloadEndpoint, type Endpoint } from '../http/endpoint.ts'

/** One at a time: each reads the whole registry, and the embedded database serves nobody else meanwhile. */
export const backupEndpoints = (house: ControlHouse): readonly Endpoint[] => {
  let making = false
  return [
    downloadEndpoint({
      operation: 'backup.make',
      method: 'POST',
      path: '/backup',
      summary: 'A backup of the whole registry at one instant, usage included; `pointsman restore` reads it.',
      contentType: 'application/gzip',
      errors: ['refused', 'storage_full'],
      open: async () => {
        if (house.makeBackup === undefined) throw new PointsmanError('refused', 'No backup is made here.')
        if (making)
          throw new PointsmanError('refused', 'Another backup is being made. Wait until it is done.')
        making = true
        try {
          return await house.makeBackup()
        } finally {
          making = false
        }
      },
    }),
  ]
}
