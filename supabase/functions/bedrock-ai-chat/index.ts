import { edge } from '../_shared/edge.js'

Deno.serve(edge.chat)
