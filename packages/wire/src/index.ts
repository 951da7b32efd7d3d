export * from './dialect.ts'
export * from './dialects.ts'
export { readVendorJson } from './read-body.ts'
export { isEmbedBatch } from './gemini/quirk-embed-batch.ts'
