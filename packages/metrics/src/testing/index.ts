export { sampleRecord } from './sample-record.ts'
export { createCloudWatchStandIn, type CloudWatchStandIn } from './cloudwatch-stand-in.ts'
