import type uPlot from 'uplot'
import type { Mark } from './mark.ts'

/** A dashed line over the height and a point on the axis: filled where a person switched, open where a rule did. */
export function drawMarks(plot: uPlot, marks: readonly Mark[], color: string): void {
  const { bbox, ctx: context } = plot
  const ratio = devicePixelRatio
  context.save()
  context.strokeStyle = color
  context.fillStyle = color
  context.lineWidth = ratio
  for (const mark of marks) {
    const x = Math.round(plot.valToPos(mark.at / 1_000, 'x', true))
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    context.setLineDash([3 * ratio, 3 * ratio])
    context.beginPath()
    context.moveTo(x, bbox.top)
    context.lineTo(x, bbox.top + bbox.height)
    context.stroke()
    context.setLineDash([])
    const size = 5 * ratio
    const bottom = bbox.top + bbox.height
    context.beginPath()
    context.moveTo(x, bottom - size)
    context.lineTo(x + size, bottom)
    context.lineTo(x, bottom + size)
    context.lineTo(x - size, bottom)
    context.closePath()
    if (mark.type === 'manual') context.fill()
    context.stroke()
  }
  context.restore()
}
