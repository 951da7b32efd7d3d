import type { Replicas } from './acknowledgements/replicas.ts'
import type { ControlOptions } from './control-options.ts'
import type { Publishing } from './publishing/publishing.ts'
import type { Switching } from './switches/switching.ts'

/** What every resource is built on: the ports and the services that all faces share. */
export interface ControlHouse extends ControlOptions {
  readonly homeRegion: string
  readonly publishing: Publishing
  readonly replicas: Replicas
  readonly switching: Switching
}
