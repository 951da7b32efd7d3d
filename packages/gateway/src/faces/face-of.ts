import { PointsmanError, type DialectName } from '@pointsman/contract'
import type { Engine } from '@pointsman/engine'
import type { Dialect } from '@pointsman/wire'

/** The dialect of a face. A route in our table whose dialect the door left out is a fault of ours. */
export function faceOf(engine: Engine, name: DialectName): Dialect {
  const face = engine.dialects.get(name)
  if (face === undefined)
    throw new PointsmanError('internal', `This server was put together without the dialect ${name}.`)
  return face
}
