import { createFetchTransport } from '@pointsman/engine/fetch'
import type { ConfigurationManager } from './configuration/configuration-manager.ts'
import { PlatformModelManager } from './model-manager.ts'
import type { ModelManagerOptions } from './open-manager.ts'
import type { Platform } from './platform.ts'
import { processPlatform } from './process-platform.ts'

const fetchPlatform = (): Platform => ({ ...processPlatform(), openTransport: () => createFetchTransport() })

/** The same where there are no sockets: vendors are called by `fetch`. What Deno gets by the package's name. */
export class ModelManager extends PlatformModelManager {
  constructor(config: ConfigurationManager, region?: string, options: ModelManagerOptions = {}) {
    super(config, region, { platform: fetchPlatform(), ...options })
  }
}
