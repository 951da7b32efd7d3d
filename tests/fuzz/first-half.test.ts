import { fuzzHalf } from './fuzz-bodies.ts'

fuzzHalf(0)
