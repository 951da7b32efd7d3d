export { openEmbedded, type EmbeddedEvent, type EmbeddedOptions } from './open-embedded.ts'
