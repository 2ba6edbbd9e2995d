import { type Bound, bindRead } from '#core/door.ts'
import type { OutputOf } from '#platform/contract.ts'
import * as contract from './contract.ts'
import * as service from './pages/service.ts'

export const systems: readonly Bound[] = [
  bindRead(contract.listSystems, async (call, { q, patientData, standing, withFindings, limit, after }) => {
    const isRegistered = standing === undefined ? undefined : standing === 'registered'
    const wanted = { words: q, patientData, isRegistered, hasFindings: withFindings, limit, after }
    const { items, next } = await service.listSystems(call, wanted)
    return { items: items.map(toWire), next }
  }),
  bindRead(contract.countSystems, (call) => service.countSystems(call)),
  bindRead(contract.listSystemAccounts, async (call, { q, ...wanted }) => {
    const { items, next } = await service.listSystemAccounts(call, { ...wanted, words: q })
    return { items: items.map(accountToWire), next }
  }),
  bindRead(contract.listSystemSoftware, async (call, { q, ...wanted }) => {
    const { items, next } = await service.listSystemSoftware(call, { ...wanted, words: q })
    return { items: [...items], next }
  }),
  bindRead(contract.showSystem, async (call, { systemId }) => {
    const { system, vendor, ...shown } = await service.showSystem(call, systemId)
    return {
      system: toWire(system),
      hosting: shown.hosting,
      mfaRequired: system.mfaRequired,
      encryptedAtRest: system.encryptedAtRest,
      encryptedInTransit: system.encryptedInTransit,
      auditLogging: system.auditLogging,
      signInBy: shown.signInBy,
      names: [...shown.names],
      enabledAccounts: shown.enabledAccounts ?? null,
      backups: [...shown.backups],
      vendor: vendor === undefined ? null : vendorToWire(vendor),
      told: shown.told.map(toldToWire),
      openFindings: [...shown.openFindings],
      devices: [...shown.devices],
      software: shown.software,
    }
  }),
]

type Wire = OutputOf<typeof contract.listSystems>['items'][number]

function toWire(row: service.SystemListed): Wire {
  const { accounts, enabled, enabledNotKnown, withoutSecondFactor, secondFactorNotKnown } = row
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    isRegistered: row.isRegistered,
    isCurrent: row.basis !== null,
    isOutOfUse: row.isOutOfUse,
    ephi: row.ephi,
    vendor:
      row.vendor === null
        ? null
        : { name: row.vendor, agreement: row.agreement ?? null, agreementExpiresOn: row.vendorExpiresOn },
    accounts: accounts === 0 ? null : { enabled, withoutSecondFactor, secondFactorNotKnown, notKnown: enabledNotKnown },
    lastBackupAt: row.lastBackupAt,
    restoreTestedOn: row.restoreTestedOn,
    restorePassed: row.restorePassed,
    isBackupCurrent: row.isBackupCurrent,
    criticality: row.criticality,
    rpoHours: row.rpoHours,
    rtoHours: row.rtoHours,
    owner: row.owner,
    findings: row.findings,
  }
}

function accountToWire(row: service.AccountRow): OutputOf<typeof contract.listSystemAccounts>['items'][number] {
  const { personId, personName, hasLeft, leftOn, basis, neverUsed } = row
  return {
    id: row.id,
    username: row.username,
    displayName: row.displayName,
    person:
      personId === null ? null : { id: personId, name: personName, hasLeft, leftOn, isAnswering: row.link === 'named' },
    isInQuestion: row.isInQuestion,
    loginClass: row.loginClass,
    isCurrent: basis !== null,
    enabled: row.enabled,
    privileged: row.privileged,
    lastUsedAt: row.lastUsedAt,
    neverUsed: neverUsed ?? false,
    secondFactor: row.secondFactor,
  }
}

function vendorToWire(vendor: service.VendorShown): OutputOf<typeof contract.showSystem>['vendor'] {
  return {
    name: vendor.name,
    agreement: vendor.agreement ?? null,
    agreementExpiresOn: vendor.agreementExpiresOn ?? null,
    isCurrent: vendor.isCurrent,
    agreementSignedOn: vendor.agreementSignedOn ?? null,
    assessedOn: vendor.assessedOn ?? null,
    told: vendor.told.map(toldToWire),
  }
}

export function toldToWire({ says, ...told }: service.Told): OutputOf<typeof contract.showSystem>['told'][number] {
  return { ...told, says: [...says] }
}
