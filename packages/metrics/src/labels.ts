/** Stands where a label has no value: CloudWatch takes no empty one. */
export const none = 'none'

/** Stands for all that came after a bound was reached. */
export const other = 'other'
