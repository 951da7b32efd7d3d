import { startChaosProxy, type ChaosProxy } from '@pointsman/simulator'
import {
  removeFolder,
  startServer,
  temporaryFolder,
  type RunningServer,
  type ServerOptions,
} from './server.ts'

/** Two hosts of one PostgreSQL; the far one's way to it is a line that the test can cut. A start again has the same folder. */
export interface TwoHosts {
  readonly line: ChaosProxy
  startNear(): Promise<RunningServer>
  startFar(): Promise<RunningServer>
  /** To be called when both servers have ended. */
  close(): Promise<void>
}

const secrets = {
  POINTSMAN_MASTER_KEY: 'a master key for tests of 32 chars',
  POINTSMAN_SERVICE_KEY: 'a service key of both the hosts',
}

export async function prepareTwoHosts(
  databaseUrl: string,
  { command, environment }: Pick<ServerOptions, 'command' | 'environment'> = {},
): Promise<TwoHosts> {
  const target = new URL(databaseUrl)
  const [nearDir, farDir] = [await temporaryFolder(), await temporaryFolder()]
  const line = await startChaosProxy({ target: { host: target.hostname, port: Number(target.port) } })
  const through = new URL(target)
  through.host = line.address
  const start = (url: URL, dataDir: string): Promise<RunningServer> =>
    startServer({
      ...(command === undefined ? {} : { command }),
      dataDir,
      environment: { ...secrets, ...environment, DATABASE_URL: url.href },
    })
  return {
    line,
    startNear: () => start(target, nearDir),
    startFar: () => start(through, farDir),
    close: async () => {
      await line.close()
      await Promise.all([nearDir, farDir].map(removeFolder))
    },
  }
}
