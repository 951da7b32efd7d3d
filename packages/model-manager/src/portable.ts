export * from './exports.ts'
export { ModelManager } from './fetch-model-manager.ts'
