import { join } from 'node:path'
import { removeFolder, root, startServer, type RunningServer } from '../server.ts'
import { startVendor, type Vendor, type VendorOptions } from './history/index.ts'

/** The real program before all four vendors, which the test's own process plays: their ledger says what reached them. */
export interface Rig {
  readonly server: RunningServer
  readonly vendor: Vendor
  readonly port: number
  close(): Promise<void>
}

type Environment = { readonly [name: string]: string }

/** `environment` comes after the vendors' own: an address in it stands before theirs. */
export const startRig = async (
  environment: Environment = {},
  latency?: VendorOptions['latency'],
): Promise<Rig> => rigBefore(await startVendor(latency === undefined ? {} : { latency }), environment)

export async function rigBefore(vendor: Vendor, environment: Environment): Promise<Rig> {
  const server = await startServer({
    command: 'serve',
    environment: {
      ...vendor.environment,
      NODE_OPTIONS: `--import=${join(root, 'tests/faults/watch.mjs')}`,
      ...environment,
    },
  })
  return {
    server,
    vendor,
    port: Number(new URL(server.url).port),
    async close() {
      await server.kill('SIGTERM')
      await vendor.close()
      await removeFolder(server.dataDir)
    },
  }
}
