import { type Bound, bindRead } from '#core/door.ts'
import { toldToWire } from '#core/systems/index.ts'
import type { OutputOf } from '#platform/contract.ts'
import * as contract from './contract.ts'
import * as service from './service.ts'

export const devices: readonly Bound[] = [
  bindRead(contract.listDevices, async (call, { q, ...wanted }) => {
    const { items, next } = await service.listDevices(call, { ...wanted, words: q })
    return { items: items.map(toWire), next }
  }),
  bindRead(contract.countDevices, (call) => service.countDevices(call)),
  bindRead(contract.listDeviceSoftware, async (call, { q, ...wanted }) => {
    const { items, next } = await service.listDeviceSoftware(call, { ...wanted, words: q })
    return { items: [...items], next }
  }),
  bindRead(contract.showDevice, async (call, { deviceId }) => {
    const { device, told, openFindings, software, events } = await service.showDevice(call, deviceId)
    return {
      device: toWire(device),
      serial: device.serial,
      told: told.map(toldToWire),
      openFindings: [...openFindings],
      software,
      events: [...events],
    }
  }),
]

function toWire(row: service.Device): OutputOf<typeof contract.listDevices>['items'][number] {
  const user = row.userName ?? row.userEmail
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    model: [row.manufacturer, row.model].filter((word) => word !== null).join(' ') || null,
    operatingSystem: row.operatingSystem,
    supportedUntil: row.worstEnd,
    isSupported: row.isSupported ?? null,
    encrypted: row.encrypted,
    protected: row.protected,
    managed: row.managed,
    lastSeenAt: row.lastSeenAt,
    ephi: row.ephi,
    isOutOfUse: row.isOutOfUse,
    isLost: row.isLost,
    isCurrent: row.basis !== null,
    user: user === null ? null : { name: user, personId: row.personId ?? null },
    faults: [...row.faults],
    findings: row.findings,
  }
}
