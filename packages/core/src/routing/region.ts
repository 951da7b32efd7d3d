import type { Model } from '@pointsman/contract'

/** The region to call a model in: home where it can be called there, else the same geography, else its first; `global` without regions. */
export declare function callingRegion(model: Model, homeRegion: string): string
