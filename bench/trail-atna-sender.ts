/** The sender of `trail-atna.ts`, in a thread of its own: audit messages over TLS, each behind its length (RFC 5425). */
import { once } from 'node:events'
import { connect } from 'node:tls'
import { parentPort, workerData } from 'node:worker_threads'

export interface Sending {
  readonly port: number
  readonly count: number
  readonly certificate: string
  readonly key: string
  readonly authority: string
}

const { port, count, certificate, key, authority } = workerData as Sending
const pieceMessages = 64

const socket = connect({ host: '127.0.0.1', port, cert: certificate, key, ca: authority })
// The other side closes once all that came is durable.
const closed = Promise.race([once(socket, 'end'), once(socket, 'error').then(([error]) => Promise.reject(error))])
await once(socket, 'secureConnect')
socket.resume()
let piece = ''
for (let number = 0; number < count; number += 1) {
  const text = messageOf(number)
  piece += `${Buffer.byteLength(text)} ${text}`
  if ((number + 1) % pieceMessages > 0 && number + 1 < count) continue
  if (!socket.write(piece)) await once(socket, 'drain')
  piece = ''
}
socket.end()
await closed
parentPort?.postMessage('all is durable')

/** A reading of a record as an image archive tells it (DICOM PS3.15 A.5), by 500 people of 20,000 patients. */
function messageOf(number: number): string {
  const at = new Date(Date.UTC(2026, 10, 2) + number * 40).toISOString()
  const [user, patient] = [(number * 7919) % 500, (number * 104_729) % 20_000]
  return `<85>1 ${at} pacs.example pacs ${number % 30_000} IHE+DICOM - <?xml version="1.0" encoding="UTF-8"?><AuditMessage><EventIdentification EventActionCode="R" EventDateTime="${at}" EventOutcomeIndicator="0"><EventID csd-code="110103" codeSystemName="DCM" originalText="DICOM Instances Accessed"/></EventIdentification><ActiveParticipant UserID="user${user}" AlternativeUserID="DOMAIN\\user${user}" UserName="Given${user} Family${user}" UserIsRequestor="true" NetworkAccessPointID="ws-${user % 200}.example" NetworkAccessPointTypeCode="1"><RoleIDCode csd-code="110153" codeSystemName="DCM" originalText="Source Role ID"/></ActiveParticipant><ActiveParticipant UserID="pacs-store" UserIsRequestor="false" NetworkAccessPointID="10.1.2.3" NetworkAccessPointTypeCode="2"/><AuditSourceIdentification AuditEnterpriseSiteID="Clinic" AuditSourceID="pacs"/><ParticipantObjectIdentification ParticipantObjectID="1.2.840.113619.2.${number}" ParticipantObjectTypeCode="2" ParticipantObjectTypeCodeRole="3"><ParticipantObjectIDTypeCode csd-code="110180" codeSystemName="DCM" originalText="Study Instance UID"/></ParticipantObjectIdentification><ParticipantObjectIdentification ParticipantObjectID="P-${patient}" ParticipantObjectTypeCode="1" ParticipantObjectTypeCodeRole="1"><ParticipantObjectIDTypeCode csd-code="2" codeSystemName="RFC-3881" originalText="Patient Number"/></ParticipantObjectIdentification></AuditMessage>`
}
