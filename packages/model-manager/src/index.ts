export * from './exports.ts'
export { ModelManager } from './node-model-manager.ts'
