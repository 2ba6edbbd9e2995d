import { type Bound, bindChange, bindRead } from '#core/door.ts'
import type { OutputOf } from '#platform/contract.ts'
import * as contract from './contract.ts'
import type { Way } from './model.ts'
import * as service from './service.ts'

export const start: readonly Bound[] = [
  bindRead(contract.showStart, async (call) => toWire(await service.showStart(call))),
  bindChange(contract.answerStart, async (call, input) => {
    const { start, ...recorded } = await service.answerStart(call, input)
    return { ...recorded, output: toWire(start) }
  }),
]

const wayToWire = ({ place, steps }: Way) => ({ place, steps: [...steps] })

function toWire({ answers, files }: service.Start): OutputOf<typeof contract.showStart> {
  return {
    answers: answers ?? null,
    files: files.map(({ way, otherWay, columns, arrived, ...file }) => ({
      ...file,
      way: wayToWire(way),
      otherWay: otherWay ? wayToWire(otherWay) : null,
      columns: [...columns],
      arrived: arrived ?? null,
    })),
  }
}
