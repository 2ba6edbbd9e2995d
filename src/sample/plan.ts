/** The files of a sample, one after another. Nothing here touches a disk: the content is made while it is read. */
import { type Day, isDay } from '#platform/days.ts'
import { accountLdif, accountTable, duoTable, entraTable, type Registration, registrationOf } from './account-files.ts'
import { type Account, drawAccounts, drawFortune, judgeAccount, type Organisation } from './accounts.ts'
import { type KeyKeeper, keepKey, type SampleSize } from './answer-key.ts'
import { dayNumber } from './calendar.ts'
import {
  type Device,
  drawDevices,
  drawMedical,
  intuneDevices,
  judgeDevice,
  medicalDevices,
  officeDevices,
} from './devices.ts'
import { drawPeople, loginBook, mailDomain } from './people.ts'
import { type Random, seededRandom } from './random.ts'
import { assessmentsTable, backupsTable, drillsTable, rolesTable, systemsTable, vendorsTable } from './records.ts'
import { approvedTable, cycloneDx, dpkgStatus, drawServers, osqueryLog, watchedComputers } from './software.ts'
import { staffList } from './staff.ts'
import { type AccountList, listSystems, type SystemPlan } from './systems.ts'
import { type Dialect, plainDialect, type Table, tableText } from './table.ts'
import { type KnownAccount, trailFiles } from './trail/index.ts'
import { trainingTable } from './training.ts'
import { type Sheet, workbook } from './workbook.ts'

export interface PlannedFile {
  readonly name: string
  readonly encoding: Dialect['encoding']
  /** Read once, and before the next file is asked for: what one file says, later ones build on. */
  readonly content: Iterable<string | Uint8Array>
}

export interface SamplePlan {
  readonly keeper: KeyKeeper
  readonly files: Generator<PlannedFile>
}

export interface SampleChoice {
  readonly size: SampleSize
  readonly seed: number
  readonly asOf: Day
  /** Accesses to patients' records too, with what explains them and what is wrong in them. */
  readonly trail?: boolean | undefined
}

/** Plans a sample; the key is whole once every file has been read to its end. */
export function planSample({ size, seed, asOf, trail = false }: SampleChoice): SamplePlan {
  if (!isDay(asOf)) throw new RangeError('asOf is not a day')
  const keeper = keepKey(asOf, seed, size)
  return { keeper, files: planFiles(size, dayNumber(asOf), seededRandom(seed), keeper, trail) }
}

const excel: Dialect = { ...plainDialect, dates: 'us', newline: '\r\n', encoding: 'utf8-bom' }

function* planFiles(
  size: SampleSize,
  asOf: number,
  random: Random,
  keeper: KeyKeeper,
  trail: boolean,
): Generator<PlannedFile> {
  const recordAccounts: KnownAccount[] = []
  const choices = random.fork('choices')
  const systems = listSystems(size, choices.chance(0.5))
  const lists: Dialect = choices.chance(0.5) ? excel : plainDialect
  const logins = loginBook()
  const people = drawPeople(size, asOf, logins, random)
  const organisation: Organisation = {
    size,
    asOf,
    people,
    logins,
    fortune: drawFortune(size, random),
    registered: new Set(),
  }
  const domain = mailDomain[size]
  keeper.key.people = people.length

  const note = (file: string, holds: string, product?: string, system?: string) =>
    keeper.key.files.push({ file, holds, product, system })
  const tableFile = (
    name: string,
    holds: string,
    table: Table,
    dialect: Dialect,
    product?: string,
    system?: string,
  ): PlannedFile => {
    note(name, holds, product, system)
    return { name, encoding: dialect.encoding, content: tableText(table, dialect, (line) => keeper.reject(name, line)) }
  }
  const textFile = (
    name: string,
    holds: string,
    content: Iterable<string | Uint8Array>,
    product?: string,
    system?: string,
  ): PlannedFile => {
    note(name, holds, product, system)
    return { name, encoding: 'utf8', content }
  }
  const bookFile = (name: string, holds: string, sheets: readonly Sheet[]): PlannedFile =>
    textFile(name, holds, [workbook(sheets, (row) => keeper.reject(name, row))], 'Microsoft Excel')

  const staff = staffList(size, asOf, people)
  yield tableFile(staff.file, 'people', staff.table, staff.dialect, staff.product)

  for (const system of systems) if (system.accounts) yield* accountFiles(system, system.accounts)
  for (const system of systems) noteSilence(system, keeper)

  const devices = drawDevices(size, asOf, people, random)
  for (const device of devices) judgeDevice(device, asOf, keeper)
  const systemsList = systemsTable(systems, people, random, keeper)
  const vendors = vendorsTable(size, asOf, random, keeper)
  const roles = rolesTable(size, asOf, people, keeper)
  const drills = drillsTable(size, asOf, keeper)
  const assessments = assessmentsTable(size, asOf, keeper)
  noteSilentDevices(devices, keeper)

  if (size === 'clinic') {
    yield bookFile('Office inventory.xlsx', 'devices, systems', [
      { name: 'Computers', table: officeDevices(devices) },
      { name: 'Systems', table: systemsList },
    ])
    yield bookFile('Compliance binder.xlsx', 'vendors, roles, exercises, assessments', [
      { name: 'Vendors', table: vendors },
      { name: 'Incident response team', table: roles },
      { name: 'Drills', table: drills },
      { name: 'Risk analyses', table: assessments },
    ])
  } else {
    const medical = drawMedical(size, asOf, random)
    for (const device of medical) judgeDevice(device, asOf, keeper)
    yield tableFile('Intune devices.csv', 'devices', intuneDevices(devices), plainDialect, 'Microsoft Intune')
    yield tableFile('Medical equipment.csv', 'devices', medicalDevices(medical), excel)
    yield tableFile('Systems.csv', 'systems', systemsList, lists)
    yield tableFile('Vendors and agreements.csv', 'vendors', vendors, lists)
    yield tableFile('Incident response roles.csv', 'roles', roles, lists)
    yield tableFile('Drills.csv', 'exercises', drills, lists)
    yield tableFile('Assessments.csv', 'assessments', assessments, lists)
  }
  yield tableFile(
    'Backup report.csv',
    'backups',
    backupsTable(systems, asOf, random, keeper),
    plainDialect,
    'Veeam Backup & Replication',
  )
  yield tableFile('Training records.csv', 'training', trainingTable(size, asOf, people, random, keeper), lists)
  yield tableFile('Approved software.csv', 'approvals', approvedTable(size, asOf), lists)

  const servers = drawServers(size, random)
  const computers = watchedComputers(devices)
  yield textFile(
    'osqueryd.snapshots.log',
    'devices, components',
    osqueryLog(size, asOf, servers, computers, random, keeper),
    'osquery',
  )
  const debian = servers.find((server) => server.platform === 'debian')
  if (debian) yield textFile(`${debian.name}.status`, 'components', dpkgStatus(keeper), 'dpkg')
  if (size !== 'clinic') {
    for (const system of systems.filter(({ kind }) => kind === 'EHR' || kind === 'Imaging').slice(0, 2)) {
      yield textFile(
        `${system.name} SBOM.cdx.json`,
        'components',
        [cycloneDx(system.name, asOf)],
        'CycloneDX',
        system.name,
      )
    }
  }
  for (const [name, content] of strangers) {
    keeper.key.unrecognised.push(name)
    yield { name, encoding: 'utf8', content: [content] }
  }
  if (trail)
    for (const { name, content } of trailFiles(size, keeper.key, asOf, recordAccounts, people))
      yield { name, encoding: 'utf8', content }

  function* accountFiles(system: SystemPlan, list: AccountList): Generator<PlannedFile> {
    const registrations: Registration[] = []
    const hasReport = list.secondFactor === 'entra' || list.secondFactor === 'duo'
    function* judged(): Generator<Account> {
      for (const account of drawAccounts(system, list, organisation, random)) {
        judgeAccount(system, list, account, asOf, keeper)
        if (system.kind === 'EHR') recordAccounts.push(account)
        const registration = hasReport ? registrationOf(account) : undefined
        if (registration) registrations.push(registration)
        yield account
      }
    }
    if (list.format === 'ldif')
      yield textFile(list.file, 'accounts', accountLdif(judged(), domain), list.product, system.name)
    else
      yield tableFile(
        list.file,
        'accounts',
        accountTable(list, judged(), domain),
        list.dialect,
        list.product,
        system.name,
      )
    if (list.secondFactor === 'entra') {
      yield tableFile(
        'Entra user registration details.csv',
        'multi-factor registrations',
        entraTable(registrations, asOf),
        plainDialect,
        'Microsoft Entra ID',
        system.name,
      )
    }
    if (list.secondFactor === 'duo') {
      yield tableFile(
        'Duo users.csv',
        'multi-factor registrations',
        duoTable(system.name, registrations),
        plainDialect,
        'Duo',
        system.name,
      )
    }
  }
}

function noteSilence({ name, ephi, standing, accounts }: SystemPlan, keeper: KeyKeeper): void {
  if (standing === 'Retired') return
  if (!accounts) {
    if (ephi) keeper.unknown('access.leavers-lose-access', `no list of the accounts of ${name}`)
    return
  }
  if (ephi && accounts.secondFactor === 'none')
    keeper.unknown('authentication.mfa-on-ephi-accounts', `no source reports the second factors of ${name}`)
  const tellsUse = accounts.format === 'ldif' || accounts.columns.some(([, field]) => field === 'lastUsed')
  if (!tellsUse)
    keeper.unknown(
      'access.no-dormant-accounts',
      `the account list of ${name} does not say when an account was last used`,
    )
}

function noteSilentDevices(devices: readonly Device[], keeper: KeyKeeper): void {
  const silent = devices.filter(({ encrypted, standing }) => encrypted === undefined && standing === 'In use')
  for (const { name } of silent.slice(0, 5))
    keeper.unknown('encryption.devices-encrypted', `the inventory does not say whether ${name} is encrypted`)
}

/** A picture of one grey point. */
const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
  'base64',
)

const paper = `%PDF-1.4
1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj
2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj
3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] >> endobj
trailer << /Root 1 0 R >>
%%EOF
`

/** What lies in every folder and is none of ours. */
const strangers: readonly (readonly [name: string, content: string | Uint8Array])[] = [
  ['logo.png', picture],
  ['Security policy.pdf', paper],
  ['notes.txt', 'Call the help desk about the new badge readers.\nAsk Tuesday about the copier lease.\n'],
]
