/** Emergency admissions as HL7 v2 messages, and document look-ups as audit messages of IHE ATNA over syslog. */
import type { Random } from '../random.ts'
import { clockOf } from './log-files.ts'
import { recordNumber, writeStreet } from './population.ts'
import type { World } from './world.ts'

const sites = 'MERCYVALLEY'

/** Admissions (A04) and departures (A03) of the emergency department from a minute on, in one file, a blank line between. */
export function* emergencyMessages(world: World, from: number): Generator<string> {
  let count = 0
  const stamp = (minute: number) => {
    const { day, time } = clockOf(world, Math.floor(minute) * 60)
    return `${day.replaceAll('-', '')}${time.replaceAll(':', '')}`
  }
  const happenings = world.records.encounters
    .filter((row) => row.kind === 'Emergency' && row.from >= from && row.from < world.end)
    .flatMap((row) => [
      { at: row.from, event: 'A04', row },
      ...(row.to !== undefined && row.to < world.end ? [{ at: row.to, event: 'A03', row }] : []),
    ])
    .sort((one, other) => one.at - other.at)
  for (const { at, event, row } of happenings) {
    count++
    const { given, family, bornOn, phone, isVip, household } = world.resident(row.patient)
    const home = world.population.households[household]
    const town = world.population.towns[home?.town ?? 0]
    const address = home ? `${writeStreet(world.population, home)}^^${town?.name}^^${town?.zip}` : ''
    const { login, family: doctor, given: doctorGiven } = world.worker(row.attending)
    const born = new Date(bornOn * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '')
    yield [
      `MSH|^~\\&|EHR|${sites}|TRAIL|${sites}|${stamp(at)}||ADT^${event}^ADT_A01|MSG${count}|P|2.5.1`,
      `EVN|${event}|${stamp(at)}`,
      `PID|1||${recordNumber(row.patient)}^^^${sites}^MR||${family}^${given}||${born}|U|||${address}||${phone}`,
      `PV1|1|E|${world.units[row.unit]?.name ?? ''}^^^${sites}||||${login}^${doctor}^${doctorGiven}|||||||||${isVip ? 'Y' : ''}|||${row.id}|||||||||||||||||||||||||${stamp(row.from)}|${
        row.to !== undefined && event === 'A03' ? stamp(row.to) : ''
      }`,
      '',
    ].join('\r')
    yield '\r\n'
  }
}

/** Documents of other houses that doctors of the emergency department look up, one syslog message a line. */
export function* documentLookups(world: World, most: number, seeded: Random): Generator<string> {
  const random = seeded.fork('documents')
  let count = 0
  for (const session of world.log.sessions) {
    if (count >= most || session.patient < 0 || session.incident >= 0) continue
    const worker = world.worker(session.user)
    if (worker.role !== 'doctor' || !random.chance(0.02)) continue
    count++
    const { day, time } = clockOf(world, session.end + 20)
    const instant = `${day}T${time}.${String(random.int(0, 999)).padStart(3, '0')}Z`
    const xml = `<?xml version="1.0" encoding="UTF-8"?><AuditMessage><EventIdentification EventActionCode="R" EventDateTime="${instant}" EventOutcomeIndicator="0"><EventID csd-code="110106" codeSystemName="DCM" originalText="Export"/><EventTypeCode csd-code="ITI-43" codeSystemName="IHE Transactions" originalText="Retrieve Document Set"/></EventIdentification><ActiveParticipant UserID="${worker.login}" UserName="${worker.given} ${worker.family}" UserIsRequestor="true" NetworkAccessPointID="10.20.${session.unit}.${random.int(2, 250)}" NetworkAccessPointTypeCode="2"><RoleIDCode csd-code="110152" codeSystemName="DCM" originalText="Destination Role ID"/></ActiveParticipant><ActiveParticipant UserID="https://exchange.example/xds" UserIsRequestor="false" NetworkAccessPointID="exchange.example" NetworkAccessPointTypeCode="1"><RoleIDCode csd-code="110153" codeSystemName="DCM" originalText="Source Role ID"/></ActiveParticipant><AuditSourceIdentification AuditSourceID="document-consumer" AuditEnterpriseSiteID="${sites}"/><ParticipantObjectIdentification ParticipantObjectID="${recordNumber(session.patient)}^^^&amp;2.999.1&amp;ISO" ParticipantObjectTypeCode="1" ParticipantObjectTypeCodeRole="1"><ParticipantObjectIDTypeCode csd-code="2" codeSystemName="RFC-3881" originalText="Patient Number"/></ParticipantObjectIdentification><ParticipantObjectIdentification ParticipantObjectID="2.999.7.${count}" ParticipantObjectTypeCode="2" ParticipantObjectTypeCodeRole="3"><ParticipantObjectIDTypeCode csd-code="9" codeSystemName="RFC-3881" originalText="Report Number"/></ParticipantObjectIdentification></AuditMessage>`
    yield `<85>1 ${instant} consumer.example document-consumer - IHE+RFC-3881 - ${xml}\n`
  }
}
