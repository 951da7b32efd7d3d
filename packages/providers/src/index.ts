import type { Provider } from '@pointsman/contract'

export declare function createBedrock(): Provider
