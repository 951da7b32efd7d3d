import type { ConfigurationManager } from './configuration/configuration-manager.ts'
import { PlatformModelManager } from './model-manager.ts'
import { nodePlatform } from './node-platform.ts'
import type { ModelManagerOptions } from './open-manager.ts'

/**
 * Models for agents, in process: which model answers which agent, what happens when it does not, what it costs. Make one for
 * a process, and close it.
 */
export class ModelManager extends PlatformModelManager {
  /**
   * @param region where Bedrock is called; left out: the configuration's, else BEDROCK_REGION, else AWS_REGION, else
   * eu-central-1
   */
  constructor(config: ConfigurationManager, region?: string, options: ModelManagerOptions = {}) {
    super(config, region, { platform: nodePlatform(options.environment), ...options })
  }
}
