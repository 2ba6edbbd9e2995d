/** The door of the access trail: each endpoint bound to what it does. */
import { type Bound, bindChange, bindDownload, bindPrepared, bindRead } from '#core/door.ts'
import type { InputOf, OutputOf } from '#platform/contract.ts'
import * as asking from './asking.ts'
import * as contract from './contract.ts'
import * as keeping from './keeping.ts'
import { writeReport } from './report/report.ts'
import * as settings from './settings.ts'
import * as sources from './sources.ts'
import * as taking from './taking.ts'
import * as watching from './watching.ts'

export const trail: readonly Bound[] = [
  bindPrepared(
    contract.askPatient,
    (beforehand, { patient, ...asked }) => asking.prepareAnswer(beforehand, { by: 'patient', id: patient, ...asked }),
    asking.tellAnswer,
  ),
  bindPrepared(
    contract.askPerson,
    (beforehand, { login, ...asked }) => asking.prepareAnswer(beforehand, { by: 'person', id: login, ...asked }),
    asking.tellAnswer,
  ),
  bindRead(contract.readOn, asking.readOn),
  bindDownload(contract.report, writeReport),
  bindPrepared(contract.personDays, asking.prepareDays, async (_, { login, from, to, ...said }, output) => ({
    output,
    ...asking.recordReading({ ...said, since: from, until: to }, { by: 'person', id: login }, { told: output.total }),
  })),
  {
    endpoint: contract.push,
    before: taking.push,
    // What a program sends all day is on the trail's own log, entry by entry. What a person hands in, which may be what explains
    // an access, is on the ledger as well.
    run: async (
      { principal },
      { source, format }: InputOf<typeof contract.push>,
      taken: OutputOf<typeof contract.push>,
    ) => {
      const { rejects: _, ...counts } = taken
      const payload = { source, asked: format, ...counts }
      return { output: taken, recorded: principal.kind === 'token' ? undefined : { subjects: [], payload } }
    },
  },
  bindChange(contract.importFile, taking.importFile),
  bindRead(contract.listSources, sources.listSources),
  bindChange(contract.setSource, sources.setSource),
  bindRead(contract.state, keeping.showState),
  bindChange(contract.hold, keeping.hold),
  bindChange(contract.destroyMonth, keeping.askForDestruction),
  bindChange(contract.confirmDestruction, keeping.confirmDestruction),
  bindChange(contract.refuseDestruction, keeping.refuseDestruction),
  bindChange(contract.verify, keeping.askForVerification),
  bindRead(contract.showSettings, settings.showSettings),
  bindChange(contract.setSettings, settings.setSettings),
  bindRead(contract.listWatched, watching.listWatched),
  bindChange(contract.watch, watching.watch),
  bindChange(contract.unwatch, watching.unwatch),
]
