/** The accesses of a made-up world as the exports of two systems: the record system's own log, and the image archive's. */
import { toDay } from '../calendar.ts'
import { breakGlassReasons, metrics } from './access-log.ts'
import { recordNumber } from './population.ts'
import type { World } from './world.ts'

const two = (value: number) => (value < 10 ? `0${value}` : String(value))

/** Clock time of a second of the world, by the clock on the wall. */
export function clockOf(world: World, second: number): { day: string; time: string } {
  const day = Math.floor(second / 86_400)
  const rest = second - day * 86_400
  return {
    day: toDay(world.from + day),
    time: `${two(Math.floor(rest / 3_600))}:${two(Math.floor((rest % 3_600) / 60))}:${two(rest % 60)}`,
  }
}

/** How a log calls the computer of a session. */
export function workstationName(world: World, workstation: number, user: number): string {
  const { kind, login } = world.worker(user)
  if (kind === 'service') return 'INTERFACE-01'
  if (workstation >= 2_000_000) return `VPN-${login.toUpperCase()}`
  if (workstation >= 1_000_000) return `MOBILE-${login.toUpperCase()}`
  const code = world.units[Math.floor(workstation / 1_000)]?.code ?? 'GEN'
  return `WS-${code}-${two((workstation % 1_000) + 1)}`
}

/** The image archive's clock runs ahead of the record system's. */
export const imagingSkewSeconds = 212

export interface LogFile {
  readonly name: string
  /** Of the world's days: the first, and the one after the last. */
  readonly from: number
  readonly to: number
  readonly isImaging: boolean
}

/** One file a month, each beginning with the last day of the one before; the image archive's is one file. */
export function listLogFiles(world: World): LogFile[] {
  const files: LogFile[] = []
  let from = 0
  for (let day = 1; day <= world.days; day++) {
    const month = toDay(world.from + day - 1).slice(0, 7)
    if (day < world.days && toDay(world.from + day).slice(0, 7) === month) continue
    files.push({ name: `access-log-${month}.csv`, from: Math.max(0, from - 1), to: day, isImaging: false })
    from = day
  }
  const hasArchive = world.unitsOf('radiology').length > 0
  return hasArchive ? [...files, { name: 'access-log-imaging.csv', from: 0, to: world.days, isImaging: true }] : files
}

export const logHeader =
  'ACCESS_LOG_ID,ACCESS_TIME,USER_ID,USER_NAME,PAT_ID,METRIC_NAME,ACCESS_ACTION,WORKSTATION_ID,DEPARTMENT_NAME,APPLICATION,BREAK_THE_GLASS,BREAK_THE_GLASS_REASON\n'
export const imagingHeader = 'Event ID,Event Time,Login,MRN,Activity,Study,Workstation\n'

const imagingMetric = metrics.findIndex(([name]) => name === 'Imaging Viewer')

/** Makes the lines of a world's log; the identifier of an access is its place in the order of time. */
export class LogWriter {
  readonly #world: World
  readonly #order: Int32Array
  readonly #numbers: string[] = []
  readonly #users: string[]
  readonly #archiveUnit: number
  readonly #metrics = metrics.map(([name, action]) => `${name},${action}`)

  constructor(world: World) {
    this.#world = world
    this.#order = world.log.inOrder()
    this.#users = world.workers.map(({ login, family, given }) => `${login},"${`${family}, ${given}`.toUpperCase()}"`)
    this.#archiveUnit = world.unitsOf('radiology')[0]?.index ?? -1
  }

  /** Pictures that radiology itself looks at are told by the archive and not by the record system. */
  isOfArchive(index: number): boolean {
    const { log } = this.#world
    return log.metric[index] === imagingMetric && log.sessions[log.session[index] ?? 0]?.unit === this.#archiveUnit
  }

  idOf(place: number): string {
    return `L${10_000_000 + place}`
  }

  /** Yields pieces of text of many lines each. */
  *write(file: LogFile): Generator<string> {
    const { log, days } = this.#world
    let text = file.isImaging ? imagingHeader : logHeader
    for (let place = 0; place < this.#order.length; place++) {
      const index = this.#order[place] ?? 0
      const second = log.at[index] ?? 0
      const day = Math.min(days - 1, Math.floor(second / 86_400))
      if (day < file.from || day >= file.to || this.isOfArchive(index) !== file.isImaging) continue
      text += file.isImaging ? this.#imaging(place, index) : this.#row(place, index)
      if (text.length > 65_000) {
        yield text
        text = ''
      }
    }
    yield text
  }

  /** The identifiers of the accesses of each incident, by file: an access that two files tell stands under the first. */
  incidentRows(files: readonly LogFile[]): Map<number, { file: string; id: string }[]> {
    const { log, days } = this.#world
    const rows = new Map<number, { file: string; id: string }[]>()
    for (let place = 0; place < this.#order.length; place++) {
      const index = this.#order[place] ?? 0
      const incident = log.sessions[log.session[index] ?? 0]?.incident ?? -1
      if (incident < 0) continue
      const day = Math.min(days - 1, Math.floor((log.at[index] ?? 0) / 86_400))
      const file = files.find(
        ({ from, to, isImaging }) => day >= from && day < to && isImaging === this.isOfArchive(index),
      )
      const some = rows.get(incident) ?? []
      some.push({ file: file?.name ?? '', id: this.idOf(place) })
      rows.set(incident, some)
    }
    return rows
  }

  #row(place: number, index: number): string {
    const world = this.#world
    const { log } = world
    const session = log.sessions[log.session[index] ?? 0]
    if (!session) return ''
    const { day, time } = clockOf(world, log.at[index] ?? 0)
    const glass = log.glass[index] ?? 0
    const app = session.place === 'mobile' ? 'Mobile' : session.place === 'home' ? 'Remote' : 'Hyperspace'
    return `${this.idOf(place)},${day} ${time},${this.#users[session.user]},${this.number(log.patient[index] ?? -1)},${
      this.#metrics[log.metric[index] ?? 0]
    },${workstationName(world, session.workstation, session.user)},${world.units[session.unit]?.name ?? ''},${app},${
      glass > 0 ? 'Y' : 'N'
    },${glass > 0 ? quoted(breakGlassReasons[glass - 1] ?? '') : ''}\n`
  }

  #imaging(place: number, index: number): string {
    const world = this.#world
    const { log } = world
    const session = log.sessions[log.session[index] ?? 0]
    if (!session) return ''
    const { day, time } = clockOf(world, (log.at[index] ?? 0) + imagingSkewSeconds)
    return `${this.idOf(place)},${day}T${time},${world.worker(session.user).login},${this.number(
      log.patient[index] ?? -1,
    )},View,${place % 3 === 0 ? 'CT' : 'XR'},${workstationName(world, session.workstation, session.user)}\n`
  }

  number(patient: number): string {
    if (patient < 0) return ''
    const known = this.#numbers[patient]
    if (known !== undefined) return known
    const made = recordNumber(patient)
    this.#numbers[patient] = made
    return made
  }
}

const quoted = (text: string) => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
