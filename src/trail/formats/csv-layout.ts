/**
 * Which column of an export holds what: by the layouts of systems whose columns are published (presets), else by the words that
 * headings of audit logs are made of, and before all by what the organisation says itself (`options.columns`).
 */

export const csvFields = [
  'at',
  'time',
  'patient',
  'user',
  'onBehalfOf',
  'action',
  'outcome',
  'purpose',
  'object',
  'workstation',
  'application',
  'department',
  'reason',
  'event',
  'sequence',
  'breakGlass',
] as const
export type CsvField = (typeof csvFields)[number]

export type Layout = {
  /** The place of the column of each field. */
  readonly [field in CsvField]?: number
} & { readonly preset?: string }

interface Preset {
  readonly name: string
  /** Headings that only this layout has together. */
  readonly needs: readonly string[]
  readonly fields: Readonly<Partial<Record<CsvField, readonly string[]>>>
}

const presets: readonly Preset[] = [
  {
    name: 'Altera TouchWorks AUDIT_LOG',
    needs: ['accesseddttm', 'typeofaction', 'userid'],
    fields: {
      at: ['accesseddttm'],
      user: ['username', 'userid'],
      patient: ['patientid'],
      action: ['typeofaction'],
      object: ['recordtype'],
      reason: ['justificationtext'],
      event: ['id'],
      application: ['vtbname'],
      workstation: ['clientname', 'workstation'],
    },
  },
  {
    name: 'Altera TouchWorks PatientAccessLog',
    needs: ['opendttm', 'userid', 'patientid'],
    fields: {
      at: ['opendttm'],
      user: ['username', 'userid'],
      patient: ['patientid'],
      application: ['hostname'],
      breakGlass: ['breaktype', 'breakglassstartdttm'],
      reason: ['breakglassreason'],
    },
  },
  {
    name: 'access log by metric',
    needs: ['accesstime', 'userid', 'metricname'],
    fields: {
      at: ['accesstime'],
      user: ['userid'],
      patient: ['patid', 'patmrnid', 'patientid', 'mrn'],
      action: ['accessaction', 'accessactionc', 'metricname'],
      object: ['metricname'],
      workstation: ['workstationid', 'workstation'],
      event: ['accessinstant', 'accesslogid'],
      department: ['departmentname', 'departmentid', 'loginidepartmentid', 'logindepartment'],
    },
  },
  {
    name: 'OpenEMR log',
    needs: ['date', 'event', 'user', 'patientid', 'success'],
    fields: {
      at: ['date'],
      user: ['user'],
      patient: ['patientid'],
      action: ['event'],
      object: ['category'],
      outcome: ['success'],
      department: ['groupname'],
      application: ['logfrom'],
      reason: ['usernotes'],
      event: ['id'],
    },
  },
  {
    name: 'OpenMRS audit log',
    needs: ['datecreated', 'userid', 'action', 'type', 'identifier'],
    fields: {
      at: ['datecreated'],
      user: ['username', 'userid'],
      action: ['action'],
      object: ['type', 'simpletype'],
      patient: ['patientid', 'patientuuid', 'patientidentifier'],
      event: ['uuid', 'auditlogid'],
    },
  },
]

/** By field, the headings that mean it, the surest first; compared without case, blanks and signs. */
const synonyms: Readonly<Record<Exclude<CsvField, 'time'>, readonly string[]>> = {
  at: [
    'at timestamp eventtimestamp accesstimestamp auditdatetime eventdatetime accessdatetime accessdatetimeutc accesseddttm',
    'accessdttm eventdttm opendttm occurreddatetime occurred recorded datetime eventtime accesstime audittime actiondatetime',
    'actiontime activitydatetime activitytime dateandtime datetimeofaccess dateofaccess accessedat accessedon eventdate',
    'accessdate auditdate actiondate activitydate transactiondatetime transactiondate logdatetime logtime logdate loggedat',
    'createdat datecreated createddate createdon startdatetime starttime opentime ts when date time zeitpunkt zeitstempel datum',
    'datumuhrzeit fecha fechahora dateheure horodatage',
  ],
  patient: [
    'patientid patid patientmrn patmrn patmrnid mrn medicalrecordnumber medicalrecordno mrnumber medrecno patientidentifier',
    'patientnumber patientno patnr patno patientkey patientuuid pid personid chartnumber chartid chartno unitnumber nhsnumber',
    'patientreference entitywhatreference entitywhatidentifiervalue patientwhatreference patient subjectid subject',
    'accountnumber patientaccount patientaccountnumber memberid recordid patientnr fallnummer paciente idpaciente patientenid',
    'patientennummer numeropatient ipp pin',
  ],
  user: [
    'userlogin loginid loginname login logonid userid username usr user useridentifier usercode accountname samaccountname userupn',
    'upn employeeid employeenumber staffid agentwhoidentifiervalue agentaltid agentwhoreference agentname agent accessedby',
    'performedby actorid actor personnelid prsnlid prsnl providerid operatorid operator userfullname usersname usersfullname',
    'staffname employeename personnelname accessedbyuser createdby who benutzer benutzername benutzerkennung usuario utilisateur',
  ],
  onBehalfOf: ['onbehalfof behalfof delegatedby delegator supervisingprovider onbehalfofuser proxyfor'],
  action: [
    'action accessaction typeofaction actiontype eventtype accesstype activitytype activity eventaction actioncode actionname',
    'eventname event operation metricname transactiontype subtypecode subtype accessmode taskname eventdescription',
    'actiondescription type aktion accion acceso',
  ],
  outcome: ['outcome result status success eventoutcome outcomeindicator eventoutcomeindicator resultcode issuccess'],
  purpose: ['purpose purposeofuse purposeofevent purposecode accesspurpose pou purposeofeventcode'],
  object: [
    'object objecttype recordtype resourcetype resource entitytype datatype documenttype module screen screenname function',
    'functionname category metricname viewname view component formname page activityname section tab participanttype menuitem',
  ],
  workstation: [
    'workstation workstationid workstationname terminal terminalid device deviceid devicename clienthost clienthostname hostname',
    'computer computername machine machinename ipaddress ip clientip sourceip clientaddress networkaddress agentnetworkaddress',
    'remoteaddress location pcname arbeitsplatz',
  ],
  application: [
    'application applicationname app appname system systemname sourcesystem product sourceobserver program client',
  ],
  department: [
    'department departmentname departmentid dept deptid deptname userdepartment logindepartment unit nursingunit facility',
    'facilityname facilityid site sitename clinic practice ward costcenter agentlocation sourcesite abteilung station servicio',
  ],
  reason: [
    'reason accessreason breakglassreason btgreason breaktheglassreason overridereason reasonforaccess justification',
    'justificationtext comment comments usernotes notes reasontext grund motivo',
  ],
  event: [
    'eventid auditid auditlogid accesslogid logid auditeventid eventuuid uuid guid accessinstant transactionid id rowid',
  ],
  sequence: ['sequence sequencenumber seq seqno eventsequence sequenceno eventnumber'],
  breakGlass: [
    'breakglass breaktheglass isbreakglass isbtg btg breakglassflag btgflag breaktype emergencyaccess emergencyoverride',
    'override isemergency breakglassyn brokentheglass brokeglass notfallzugriff',
  ],
}

const lists = new Map<CsvField, readonly string[]>(
  Object.entries(synonyms).map(([field, words]) => [field as CsvField, words.flatMap((line) => line.split(' '))]),
)

/** A heading without what people write differently. */
export function normaliseHeading(heading: string): string {
  return heading
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
}

export interface Found {
  readonly layout: Layout
  /** How many fields were found. */
  readonly count: number
  /** Whether it has what an access needs: a time, and a user or a patient. */
  readonly isWhole: boolean
}

/** Finds which column holds what; `columns` says so for the fields that it names. */
export function findLayout(headings: readonly string[], columns: Readonly<Record<string, string>> | undefined): Found {
  const names = headings.map(normaliseHeading)
  const places: Partial<Record<CsvField, number>> = {}
  const used = new Set<number>()
  const put = (field: CsvField, place: number) => {
    if (place < 0 || places[field] !== undefined || (used.has(place) && field !== 'object')) return false
    places[field] = place
    used.add(place)
    return true
  }
  const isSaid = new Set<string>()
  for (const field of csvFields) {
    const heading = columns?.[field]
    if (heading === undefined) continue
    isSaid.add(field)
    const exact = headings.findIndex((one) => one.trim() === heading.trim())
    const place = exact >= 0 ? exact : names.indexOf(normaliseHeading(heading))
    if (place >= 0) {
      places[field] = place
      used.add(place)
    }
  }
  const preset = presets.find((one) => one.needs.every((name) => names.includes(name)))
  for (const field of csvFields) {
    if (isSaid.has(field)) continue
    for (const name of preset?.fields[field] ?? []) if (put(field, names.indexOf(name))) break
  }
  for (const field of csvFields) {
    if (isSaid.has(field) || places[field] !== undefined) continue
    for (const name of lists.get(field) ?? []) if (put(field, names.indexOf(name))) break
  }
  if (!isSaid.has('time')) pairTime(names, places)
  const isWhole = places.at !== undefined && (places.user !== undefined || places.patient !== undefined)
  const layout: Layout = preset === undefined ? places : { ...places, preset: preset.name }
  return { layout, count: Object.keys(places).length, isWhole }
}

/** A day and a time of day in columns of their own bear names that differ in just that. */
function pairTime(names: readonly string[], places: Partial<Record<CsvField, number>>): void {
  const name = names[places.at ?? -1]
  if (name === undefined || places.time !== undefined) return
  const isTime = name.includes('time') && !name.includes('date')
  const day = isTime ? names.indexOf(name.replace('time', 'date')) : places.at
  const time = isTime
    ? places.at
    : name.includes('date')
      ? names.indexOf(name.replace('date', 'time'))
      : names.indexOf('time')
  if (day === undefined || time === undefined || day < 0 || time < 0 || day === time) return
  if (!isTime && name.includes('time')) return
  places.at = day
  places.time = time
}

/** The headings by the fields that they were found to hold. */
export function describeLayout(headings: readonly string[], layout: Layout): Record<string, string> {
  const described: Record<string, string> = {}
  for (const field of csvFields) {
    const place = layout[field]
    if (place !== undefined) described[field] = (headings[place] ?? '').trim()
  }
  return described
}
