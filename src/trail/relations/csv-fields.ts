/** Which column of a list holds what, and what kind of list it is: told by its headings, or by whoever brings it. */
import { normaliseHeading } from '../formats/csv-layout.ts'
import type { RelationKind } from '../model/relation.ts'

/** By field, the headings that mean it, the surest first; compared without case, blanks and signs. */
const synonyms = {
  id: 'appointmentid apptid appointmentnumber visitid visitnumber encounterid encounternumber csn admissionid orderid ordernumber noteid documentid referralid claimid claimnumber billid invoiceid chargeid consultid resultid accession accessionnumber medicationid prescriptionid relationid careteamid id key',
  patient:
    'patientid patid patientmrn patmrn mrn medicalrecordnumber medicalrecordno patientidentifier patientnumber patientno patientkey pid chartnumber chartid patient subject patientmedicalrecordnumber',
  otherPatient:
    'empi enterpriseid enterprisepatientid mpi altpatientid alternateid othermrn externalid secondaryid oldmrn previousmrn',
  same: 'mergedinto mergedintomrn survivingmrn survivorid survivingid principalid same sameas masterid',
  user: 'providerlogin provideruserid providerid providernpi provider clinicianlogin clinicianid clinician doctorid doctor physicianid physician attendingid attendingprovider attending orderingproviderid orderingprovider orderedby orderingphysician authorid author authoredby writtenby memberlogin memberid member staffid staff resourceid resource referredto referredtoprovider consultant consultantid performedby performer administeredby billerid coderid coder biller enteredby userlogin userid username user login loginid loginname employeeid',
  login:
    'login loginid loginname logonname logon userlogin userid username user networkid samaccountname accountname useraccount account upn adusername employeeid employeenumber empid staffid personnelnumber',
  employee: 'employeeid employeenumber empid staffid personnelnumber personid workerid',
  npi: 'npi npinumber nationalprovideridentifier providernpi',
  name: 'name fullname displayname patientname employeename staffname personname patientfullname patname legalname',
  given: 'firstname givenname given first forename patientfirstname patfirstname',
  family: 'lastname familyname surname family last patientlastname patlastname',
  bornOn: 'dob birthdate dateofbirth birthday bornon born patientdob birth geburtsdatum',
  diedOn: 'dateofdeath deathdate diedon died deceasedon deceaseddate dod deathdatetime',
  isDead: 'deceased isdeceased vitalstatus livingstatus dead',
  street: 'street streetaddress address1 addressline1 address homeaddress homestreet addr1 line1 strasse',
  unit: 'address2 addressline2 addr2 line2 apt apartment suite unitnumber aptnumber',
  city: 'city town homecity addresscity ort',
  postcode: 'zip zipcode postalcode postcode homezip plz',
  phone: 'homephone phone phonenumber telephone phone1 primaryphone tel cellphone mobile mobilephone cell',
  otherPhone:
    'mobilephone mobile cellphone cell mobilenumber cellnumber homephone phone phone2 secondaryphone alternatephone',
  isWatched:
    'vip isvip vipflag vipindicator watch watched iswatched watchlist celebrity confidential restricted sensitive breaktheglass highprofile',
  department:
    'department departmentname dept deptname departmentid deptid unit nursingunit ward clinic service servicename costcenter costcentre location locationname site',
  role: 'role jobtitle title position jobrole jobname jobcode profession job',
  manager: 'managerlogin managerid manager supervisorlogin supervisor supervisorid reportsto',
  hiredOn:
    'hiredon hired hiredate dateofhire hiringdate employmentstart employmentstartdate joined joinedon joindate startdate',
  leftOn:
    'lefton left leftdate terminationdate termdate termination terminatedon terminated separationdate employmentend employmentenddate lastday lastworkingday enddate',
  ownPatient: 'patientid mrn patientmrn ownmrn employeemrn patient',
  isShared:
    'shared isshared sharedaccount generic genericaccount isgeneric serviceaccount isserviceaccount accounttype',
  from: 'start starttime startdatetime startdate startsat from fromdate appointmentdate apptdate appointmentdatetime apptdatetime appointmenttime appttime scheduledat scheduledfor scheduleddate scheduledtime admitdate admissiondate admitdatetime admitteddate admitted admittime admissiondatetime visitdate visitdatetime encounterdate encounterdatetime checkin arrivaltime orderdate ordereddate orderedat orderdatetime ordertime notedate documentdate writtenat authoredat authoredon signedat referraldate referredon servicedate dateofservice dos claimdate billdate billingdate chargedate invoicedate postdate consultdate resultdate resultedat reportedat administeredat administrationdate givenat dispensedat effectivedate effectivefrom assignedon assigned begin begindate validfrom date datetime day createdat created on',
  to: 'end endtime enddatetime enddate endsat to todate until dischargedate dischargedatetime dischargetime discharged dischargeddate checkout effectiveto unassignedon validto thru through removedon',
  status:
    'status appointmentstatus apptstatus visitstatus encounterstatus orderstatus state employmentstatus employeestatus active isactive cancelled canceled iscancelled voided isvoid void',
  kind: 'relationkind relation kind relationtype patientclass class encounterclass encountertype visittype type',
} as const
export type ListField = keyof typeof synonyms
export const listFields = Object.keys(synonyms) as readonly ListField[]

const names: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(synonyms).map(([field, words]) => [field, words.split(' ')]),
)

export type ListKind = 'staff' | 'patients' | 'relations' | RelationKind

export interface ListLayout {
  readonly kind: ListKind
  readonly places: Readonly<Partial<Record<ListField, number>>>
  readonly isSure: boolean
  /** The column of the status says by itself that a row is cancelled ("Cancelled: yes"). */
  readonly isStatusVoid: boolean
  /** The heading of the column of people, as it is compared: as what they have to do with the patient. */
  readonly role: string
}

const staffFields: readonly ListField[] = [
  'login', 'employee', 'npi', 'name', 'given', 'family', 'bornOn', 'street', 'unit', 'city', 'postcode', 'phone', 'otherPhone', 'department', 'role', 'manager', 'hiredOn', 'leftOn', 'ownPatient', 'isShared', 'status',
] // biome-ignore format: a table reads better in rows
const patientFields: readonly ListField[] = [
  'patient', 'otherPatient', 'same', 'name', 'given', 'family', 'bornOn', 'diedOn', 'isDead', 'street', 'unit', 'city', 'postcode', 'phone', 'otherPhone', 'isWatched',
] // biome-ignore format: a table reads better in rows
const relationFields: readonly ListField[] = ['id', 'patient', 'user', 'department', 'from', 'to', 'status', 'kind']

/** Headings that only an access log has: what was done, from where, and its own number. */
const accessSigns =
  /^(action|accessaction|typeofaction|actiontype|eventtype|accesstype|activity|activitytype|eventaction|metricname|accesstime|accesseddttm|opendttm|event|success|auditid|auditlogid|accesslogid|eventid|workstation|workstationid|ipaddress|breakglass|breaktheglassreason|outcome)$/

/** Words in headings by which a list tells what its rows are, the surest first. */
const kindSigns: readonly (readonly [RelationKind, RegExp])[] = [
  ['care-team', /careteam|teammember|teamrole|^member(id|login)?$|unassigned|assignedon/],
  ['referral', /referral|referred|referring/],
  ['consult', /consult/],
  ['billing', /claim|^bill|biller|invoice|(?<!dis)charge|^coder|cptcode|billing/],
  ['result', /^result|resulted|accession|specimen|reportedat/],
  ['medication', /medication|drug|administered|administration|dispens|prescription|givenat/],
  ['note', /^note|document(id|date|type)|^author|writtenby|writtenat|signedat/],
  ['order', /^order|ordering|ordered/],
  ['admission', /admission|admit|discharg/],
  ['appointment', /appointment|appt|scheduled/],
  ['encounter', /encounter|visit|^csn$|checkin|arrival/],
]

/** Finds what kind of list the headings belong to; undefined for access logs and all that is no such list. */
export function findListLayout(
  headings: readonly string[],
  columns: Readonly<Record<string, string>> | undefined,
): ListLayout | undefined {
  const written = headings.map(normaliseHeading)
  const said = Object.keys(columns ?? {}).some((field) => field in synonyms)
  if (!said && written.filter((name) => accessSigns.test(name)).length > 0) return undefined
  const place = (fields: readonly ListField[]) => findPlaces(written, fields, columns)
  const layout = (kind: ListKind, places: ListLayout['places'], isSure: boolean): ListLayout => ({
    kind,
    places,
    isSure,
    isStatusVoid: /cancel|void/.test(written[places.status ?? -1] ?? ''),
    role: written[places.user ?? -1] ?? '',
  })
  const staff = place(staffFields)
  const signs = kindSigns.find(([, sign]) => written.some((name) => sign.test(name)))
  const ofWork = (['role', 'manager', 'hiredOn', 'leftOn', 'npi', 'isShared'] as const).filter(
    (field) => staff[field] !== undefined,
  )
  const isNamed = staff.name !== undefined || staff.family !== undefined
  const isStaff = staff.login !== undefined && (ofWork.length >= 2 || (ofWork.length === 1 && isNamed))
  if (isStaff && (!signs || ofWork.length >= 2)) return layout('staff', staff, true)
  const relation = place(relationFields)
  const isTied = relation.user !== undefined || relation.department !== undefined
  if (relation.patient !== undefined && isTied && (relation.from !== undefined || signs?.[0] === 'care-team')) {
    if (signs) return layout(signs[0], relation, true)
    const isSure = relation.kind !== undefined
    return layout(isSure ? 'relations' : 'encounter', relation, isSure)
  }
  const patient = place(patientFields)
  const isPerson = patient.name !== undefined || patient.family !== undefined || patient.bornOn !== undefined
  if (patient.patient !== undefined && (isPerson || patient.isWatched !== undefined || patient.same !== undefined)) {
    return layout('patients', patient, isPerson)
  }
  if (staff.login !== undefined && isNamed) return layout('staff', staff, staff.department !== undefined)
  return undefined
}

/** A column serves one field; what the organisation says itself goes before what the headings say. */
function findPlaces(
  written: readonly string[],
  fields: readonly ListField[],
  columns: Readonly<Record<string, string>> | undefined,
): Partial<Record<ListField, number>> {
  const places: Partial<Record<ListField, number>> = {}
  const used = new Set<number>()
  const put = (field: ListField, place: number) => {
    if (place < 0 || used.has(place) || places[field] !== undefined) return
    places[field] = place
    used.add(place)
  }
  for (const field of fields) {
    const heading = columns?.[field]
    if (heading !== undefined) put(field, written.indexOf(normaliseHeading(heading)))
  }
  for (const field of fields) {
    for (const name of names.get(field) ?? []) put(field, written.indexOf(name))
  }
  return places
}
