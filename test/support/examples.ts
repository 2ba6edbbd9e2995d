/**
 * One call of every endpoint, made from the ids of a populated organisation: its input is checked by the compiler, and an
 * endpoint without one fails the tests that walk all of them. What a person would type holds the word that is handed in.
 */
import * as attestations from '#core/attestations/contract.ts'
import * as calendar from '#core/calendar/contract.ts'
import * as devices from '#core/devices/contract.ts'
import * as evidence from '#core/evidence/contract.ts'
import * as findings from '#core/findings/contract.ts'
import * as intake from '#core/intake/contract.ts'
import * as jobs from '#core/jobs/contract.ts'
import * as ledger from '#core/ledger/contract.ts'
import * as members from '#core/members/contract.ts'
import * as notifications from '#core/notifications/contract.ts'
import * as people from '#core/people/contract.ts'
import * as posture from '#core/posture/contract.ts'
import * as questions from '#core/questions/contract.ts'
import * as requirements from '#core/requirements/contract.ts'
import * as retention from '#core/retention/contract.ts'
import * as safeguards from '#core/safeguards/contract.ts'
import * as search from '#core/search/contract.ts'
import * as signIn from '#core/sign-in/contract.ts'
import { makeToken } from '#core/sign-in/model/tokens.ts'
import * as start from '#core/start/contract.ts'
import * as systems from '#core/systems/contract.ts'
import * as tasks from '#core/tasks/contract.ts'
import * as today from '#core/today/contract.ts'
import * as views from '#core/views/contract.ts'
import * as webhooks from '#core/webhooks/contract.ts'
import { type Endpoint, type WireInputOf, wordsOf } from '#platform/contract.ts'
import * as cases from '#practices/access/cases/contract.ts'
import * as trail from '#practices/access/trail/contract.ts'
import * as corrections from '#sources/corrections/contract.ts'
import * as deliveries from '#sources/deliveries/contract.ts'
import * as directories from '#sources/directories/contract.ts'
import { addressable, attestable, type Ids } from './populated.ts'
import type { Answer, Client } from './server.ts'

export type Input = Readonly<Record<string, unknown>>

const made = new Map<string, (ids: Ids, word: string) => Input>()

/** In two steps, so that the compiler knows the endpoint's input when it comes to what is made. */
function example<E extends Endpoint>(endpoint: E) {
  return (make: (ids: Ids, word: string) => WireInputOf<E>): void => {
    made.set(endpoint.name, make as (ids: Ids, word: string) => Input)
  }
}

/** The names of the endpoints of which there is an example. */
export const exampleNames = (): readonly string[] => [...made.keys()]

/** The input of an endpoint, as on the wire. */
export function exampleOf(endpoint: Endpoint, ids: Ids, word: string): Input {
  const make = made.get(endpoint.name)
  if (!make) throw new Error(`test/support/examples.ts has no example of ${endpoint.name}`)
  return make(ids, word)
}

/** Calls an endpoint as its declaration says: words in the path, the rest in the query or the body. */
export function callEndpoint(
  client: Client,
  endpoint: Endpoint,
  input: Input,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const inPath = new Set(wordsOf(endpoint.path))
  const path = endpoint.path.replace(/\{(\w+)\}/g, (_, word: string) => encodeURIComponent(String(input[word])))
  const rest = Object.entries(input).filter(([name]) => !inPath.has(name))
  const isUpload = endpoint.carriage === 'upload'
  if (endpoint.method !== 'GET' && !isUpload) {
    return client.call(endpoint.method, path, Object.fromEntries(rest), { headers })
  }
  const query = new URLSearchParams()
  for (const [name, value] of rest) for (const one of [value].flat()) query.append(name, String(one))
  const raw = isUpload ? { raw: Buffer.from('Word\nof a file\n') } : {}
  return client.call(endpoint.method, query.size > 0 ? `${path}?${query}` : path, undefined, { headers, ...raw })
}

/** Of the right form, and nobody's. */
const unknownTokens = { invite: makeToken('invite').text, setup: makeToken('setup').text }
const password = 'orange kettle walks quietly north'
const aDay = '2027-03-01'
/** A safeguard that judges the accounts of people who have left. */
const leavers = 'access.leavers-lose-access'

example(signIn.showSetUp)(() => ({ token: unknownTokens.setup }))
example(signIn.finishSetUp)((_, word) => ({
  token: unknownTokens.setup,
  organisation: `${word} Clinic`,
  timeZone: 'UTC',
  name: `First ${word}`,
  email: `first.${word.toLowerCase()}@vigil.example`,
  password,
}))
example(signIn.signIn)((_, word) => ({ email: `nobody.${word.toLowerCase()}@vigil.example`, password }))
example(signIn.giveSecondFactor)(() => ({ code: '000000' }))
example(signIn.beginPasskey)(() => ({}))
example(signIn.signInByPasskey)(() => ({
  response: {
    id: 'AAAA',
    rawId: 'AAAA',
    type: 'public-key',
    response: { clientDataJSON: 'AAAA', authenticatorData: 'AAAA', signature: 'AAAA' },
  },
}))
example(signIn.signOut)(() => ({}))
example(signIn.showInvitation)(() => ({ token: unknownTokens.invite }))
example(signIn.acceptInvitation)((_, word) => ({ token: unknownTokens.invite, name: `Joining ${word}`, password }))
example(signIn.showMe)(() => ({}))
example(signIn.chooseOrganisation)(({ organisationId }) => ({ organisationId }))
example(signIn.changePassword)(() => ({ current: password, password }))
example(signIn.beginTotp)(() => ({}))
example(signIn.confirmTotp)(() => ({ code: '000000' }))
example(signIn.removeTotp)(() => ({}))
example(signIn.listPasskeys)(() => ({}))
example(signIn.beginPasskeyRegistration)(() => ({}))
example(signIn.addPasskey)((_, word) => ({
  name: `Key of ${word}`,
  response: {
    id: 'AAAA',
    rawId: 'AAAA',
    type: 'public-key',
    response: { clientDataJSON: 'AAAA', attestationObject: 'AAAA' },
  },
}))
example(signIn.removePasskey)(({ passkeyId }) => ({ passkeyId }))
example(signIn.renewRecoveryCodes)(() => ({}))
example(signIn.listSessions)(() => ({}))
example(signIn.endSession)(({ sessionId }) => ({ sessionId }))
example(signIn.endOtherSessions)(() => ({}))

example(webhooks.listWebhooks)(() => ({}))
example(webhooks.addWebhook)((_, word) => ({ name: `${word} desk`, url: `https://${word.toLowerCase()}.example/told` }))
example(webhooks.changeWebhook)(({ webhookId }, word) => ({ webhookId, name: `${word} other desk` }))
example(webhooks.pauseWebhook)(({ webhookId }) => ({ webhookId }))
example(webhooks.resumeWebhook)(({ webhookId }) => ({ webhookId }))
example(webhooks.renewSecret)(({ webhookId }) => ({ webhookId }))
example(webhooks.tryWebhook)(({ webhookId }) => ({ webhookId }))
example(webhooks.listAttempts)(({ webhookId }) => ({ webhookId }))
example(webhooks.removeWebhook)(({ webhookId }) => ({ webhookId }))

example(corrections.downloadRejected)(({ sourceId, runId }) => ({ sourceId, runId }))
example(corrections.bringCorrected)(({ sourceId, runId }) => ({ sourceId, runId }))

example(calendar.showFeed)(() => ({}))
example(calendar.makeFeed)(() => ({}))
example(calendar.endFeed)(() => ({}))
example(calendar.readFeed)(() => ({ token: makeToken('calendar').text }))

example(retention.showRetention)(() => ({}))
example(retention.setRetention)(() => ({ kind: 'jobs', days: 120 }))

example(members.showOrganisation)(() => ({}))
example(members.changeOrganisation)((_, word) => ({ name: `${word} Clinic` }))
example(members.listOrganisations)(() => ({}))
example(members.addOrganisation)((_, word) => ({
  organisation: `Another ${word}`,
  timeZone: 'UTC',
  name: `First ${word}`,
  email: `founder@${word.toLowerCase()}.example`,
}))
example(members.listMembers)(() => ({}))
example(members.inviteMember)((_, word) => ({
  name: `New ${word}`,
  email: `new@${word.toLowerCase()}.example`,
  roles: ['staff'],
}))
example(members.listInvitations)(() => ({}))
example(members.withdrawInvitation)(({ invitationId }) => ({ invitationId }))
example(members.changeMember)(({ memberId }) => ({ memberId, roles: ['staff'], untilOn: null }))
example(members.disableMember)(({ memberId }) => ({ memberId }))
example(members.enableMember)(({ disabledMemberId }) => ({ memberId: disabledMemberId }))
example(members.recoverMember)(({ memberId }) => ({ memberId }))
example(members.endMemberSessions)(({ memberId }) => ({ memberId }))
example(members.listTokens)(() => ({}))
example(members.listScopes)(() => ({}))
example(members.createToken)((_, word) => ({ name: `Made by ${word}`, scopes: ['findings:read'], expiresOn: aDay }))
example(members.revokeToken)(({ tokenId }) => ({ tokenId }))

example(today.showToday)(() => ({}))
example(start.showStart)(() => ({}))
example(start.answerStart)(() => ({ size: 'over-500', ehr: 'epic', directory: 'entra', it: 'team' }))

example(posture.showPosture)(() => ({}))
example(posture.showPractice)(() => ({ practice: 'access' }))
example(posture.showTrend)(() => ({}))
example(safeguards.showSafeguard)(() => ({ safeguard: leavers }))
example(safeguards.listSubjects)((_, word) => ({ safeguard: leavers, q: word }))
example(safeguards.showSubject)(({ judgedAccountId }) => ({ safeguard: leavers, subjectId: judgedAccountId }))

example(findings.listFindings)(() => ({}))
example(findings.countFindings)(() => ({}))
example(findings.showFinding)(({ findingId }) => ({ findingId }))
example(findings.ownFinding)(({ findingId }, word) => ({ findingId, owner: `Owner ${word}` }))
example(findings.ownFindings)(({ findingId, otherFindingId }, word) => ({
  findingIds: [findingId, otherFindingId],
  owner: `Many ${word}`,
}))
example(findings.commentOnFinding)(({ findingId }, word) => ({ findingId, comment: `Said by ${word}.` }))
example(findings.exceptFinding)(({ otherFindingId }, word) => ({
  findingId: otherFindingId,
  reason: `Reason of ${word}.`,
  compensatingControl: `Control of ${word}.`,
  approvedBy: `Quinn ${word}`,
  expiresOn: '2026-12-31',
}))
example(findings.endException)(({ exceptedFindingId }) => ({ findingId: exceptedFindingId }))
example(findings.exportFindings)(() => ({ state: 'all' }))
example(findings.listReaders)(({ findingId }) => ({ findingId }))
example(findings.restoreOwners)(({ findingId, memberId }, word) => ({
  before: [{ findingId, owner: `Before ${word}`, memberId }],
  given: { owner: `Owner ${word}` },
}))
example(findings.exceptFindings)(({ findingId, otherFindingId }, word) => ({
  findingIds: [findingId, otherFindingId],
  reason: `Reason of ${word}.`,
  compensatingControl: `Control of ${word}.`,
  approvedBy: `Quinn ${word}`,
  expiresOn: '2026-12-31',
}))

example(views.listViews)(() => ({ page: 'findings' }))
example(views.saveView)((_, word) => ({ page: 'findings', name: `View of ${word}`, query: 'severity=critical' }))
example(views.changeView)(({ viewId }, word) => ({ viewId, name: `Renamed by ${word}` }))
example(views.shareView)(({ viewId }) => ({ viewId, isShared: true }))
example(views.removeView)(({ viewId }) => ({ viewId }))

example(search.find)((_, word) => ({ words: word }))
example(tasks.listMyTasks)(() => ({ state: 'all' }))
example(tasks.listTasks)(() => ({ state: 'all' }))
example(tasks.showTask)(({ taskId }) => ({ taskId }))
example(tasks.assignTask)(({ taskId, memberId }) => ({ taskId, memberId }))
example(tasks.openTask)(({ memberId }, word) => ({ title: `Asked by ${word}`, memberId, dueOn: aDay }))
example(tasks.completeTask)(({ taskId }) => ({ taskId }))
example(tasks.reopenTask)(({ doneTaskId }) => ({ taskId: doneTaskId }))

example(questions.listQuestions)(() => ({ state: 'all' }))
example(questions.answerQuestion)(({ questionId, candidateId }) => ({ questionId, candidateId }))

example(people.listMyPeople)(() => ({}))
example(people.listPeople)(() => ({}))
example(people.summarisePeople)(() => ({}))
example(people.showPerson)(({ candidateId }) => ({ personId: candidateId }))

example(systems.listSystems)(() => ({}))
example(systems.countSystems)(() => ({}))
example(systems.showSystem)(({ systemId }) => ({ systemId }))
example(systems.listSystemAccounts)(({ systemId }) => ({ systemId }))
example(systems.listSystemSoftware)(({ systemId }) => ({ systemId }))
example(devices.listDevices)(() => ({}))
example(devices.countDevices)(() => ({}))
example(devices.showDevice)(({ deviceId }) => ({ deviceId }))
example(devices.listDeviceSoftware)(({ deviceId }) => ({ deviceId }))

example(intake.list)(() => ({}))
example(intake.listRefused)(() => ({}))
example(intake.show)(({ sourceId }) => ({ sourceId }))
example(intake.listRejects)(({ sourceId, runId }) => ({ sourceId, runId }))
example(intake.listColumns)(({ sourceId }) => ({ sourceId }))

example(attestations.listAttestations)(() => ({}))
example(attestations.listAttestable)(() => ({}))
example(attestations.attest)(({ evidenceId }, word) => ({
  safeguard: attestable,
  statement: `It is so at ${word}.`,
  author: `Dana ${word}`,
  evidenceId,
}))
example(attestations.withdraw)(({ attestationId }, word) => ({ attestationId, reason: `Taken back by ${word}.` }))

example(requirements.listRequirements)(() => ({}))
example(requirements.showRequirement)(() => ({ citation: addressable }))
example(requirements.decide)((_, word) => ({
  citation: addressable,
  decision: 'implement',
  why: `Because of ${word}.`,
  approvedBy: `Quinn ${word}`,
  reviewOn: '2027-10-01',
}))
example(requirements.listDecisions)(() => ({ history: true }))

example(evidence.listEvidence)(() => ({}))
example(evidence.linkEvidence)(({ evidenceId, taskId }) => ({ evidenceId, about: `task:${taskId}` }))
example(evidence.unlinkEvidence)(({ evidenceId }) => ({ evidenceId, about: `safeguard:${attestable}` }))
example(evidence.showEvidence)(({ evidenceId }) => ({ evidenceId }))
example(evidence.keepEvidence)((_, word) => ({ title: `Title of ${word}`, fileName: `${word}.txt` }))
example(evidence.openEvidence)(({ evidenceId }) => ({ evidenceId }))
example(evidence.shredEvidence)(({ evidenceId }, word) => ({ evidenceId, reason: `Because ${word} says so.` }))

example(ledger.listEntries)(() => ({}))
// Every organisation counts its own entries, from 0.
example(ledger.showEntry)(() => ({ seq: 0 }))
example(ledger.showCheckpoint)(() => ({}))
example(ledger.showKey)(() => ({}))
example(ledger.exportLedger)(() => ({ open: true }))

example(jobs.listJobs)(() => ({}))
example(jobs.showJob)(({ jobId }) => ({ jobId }))
example(jobs.watchJob)(({ jobId }) => ({ jobId }))
example(jobs.check)(() => ({}))
example(jobs.retryJob)(({ failedJobId }) => ({ jobId: failedJobId }))

example(deliveries.open)(() => ({ collectedOn: '2026-11-01' }))
example(deliveries.list)(() => ({}))
example(deliveries.show)(({ openDeliveryId }) => ({ deliveryId: openDeliveryId }))
example(deliveries.add)(({ openDeliveryId }, word) => ({ deliveryId: openDeliveryId, name: `${word} more.csv` }))
example(deliveries.look)(({ openDeliveryId, openFileId }) => ({ deliveryId: openDeliveryId, fileId: openFileId }))
example(deliveries.map)(({ openDeliveryId, openFileId }, word) => ({
  deliveryId: openDeliveryId,
  fileId: openFileId,
  mapping: { format: 'accounts', system: `${word} Lab`, columns: { Kennung: 'username' } },
}))
example(deliveries.remove)(({ openDeliveryId, openFileId }) => ({ deliveryId: openDeliveryId, fileId: openFileId }))
example(deliveries.discard)(({ openDeliveryId }) => ({ deliveryId: openDeliveryId }))
example(deliveries.importDelivery)(({ openDeliveryId }) => ({ deliveryId: openDeliveryId }))
example(deliveries.listMappings)(() => ({}))
example(deliveries.removeMapping)(({ mappingId }) => ({ mappingId }))

example(directories.list)(() => ({}))
example(directories.connect)((_, word) => ({
  name: `Second of ${word}`,
  url: `ldaps://second.${word.toLowerCase()}.invalid`,
}))
example(directories.change)(({ directoryId }, word) => ({ directoryId, name: `Renamed by ${word}` }))
example(directories.remove)(({ directoryId }) => ({ directoryId }))
example(directories.read)(({ directoryId }) => ({ directoryId }))
example(directories.test)(({ directoryId }) => ({ directoryId }))

example(notifications.listNotifications)(() => ({}))
example(notifications.countNotifications)(() => ({}))
example(notifications.readNotification)(({ notificationId }) => ({ notificationId }))
example(notifications.readAllNotifications)(({ notificationId }) => ({ upTo: notificationId }))
example(notifications.showChoices)(() => ({}))
example(notifications.choose)(() => ({ digest: 'daily', hour: 6, atOnce: ['mentioned'] }))
example(notifications.showMail)(() => ({}))
example(notifications.setMail)((_, word) => ({
  host: `post.${word.toLowerCase()}.invalid`,
  port: 587,
  security: 'starttls',
  username: `sender of ${word}`,
  password: `password of ${word}`,
  ca: null,
  fromAddress: `vigil@${word.toLowerCase()}.example`,
}))
example(notifications.testMail)(() => ({}))
example(notifications.listMails)(() => ({}))
example(notifications.removeMail)(() => ({}))

const reading = { purpose: 'audit', why: 'A sample of the quarter' } as const
example(trail.askPatient)((_, word) => ({ patient: `P-${word}`, ...reading }))
example(trail.askPerson)((_, word) => ({ login: `nurse.${word}`, ...reading }))
example(trail.readOn)(({ trailQuestionId }) => ({ questionId: trailQuestionId }))
example(trail.report)((_, word) => ({ report: 'access-report', format: 'csv', identifier: `P-${word}`, ...reading }))
example(trail.personDays)((_, word) => ({
  login: `nurse.${word}`,
  from: '2026-10-01',
  to: '2026-10-31',
  ...reading,
}))
example(trail.push)((_, word) => ({ source: `Pushed by ${word}` }))
example(trail.importFile)((_, word) => ({ source: `File of ${word}`, format: 'csv' }))
example(trail.listSources)(() => ({}))
example(trail.setSource)((_, word) => ({ name: `Feed ${word}`, responsible: `Desk of ${word}` }))
example(trail.state)(() => ({}))
example(trail.hold)((_, word) => ({ month: '2019-01', isHeld: true, reason: `A claim against ${word}.` }))
example(trail.destroyMonth)((_, word) => ({ month: '2019-01', reason: `Past what ${word} keeps.` }))
example(trail.confirmDestruction)(({ destructionId }) => ({ destructionId, month: '2019-01' }))
example(trail.refuseDestruction)(({ destructionId }, word) => ({ destructionId, reason: `${word} keeps it.` }))
example(trail.verify)(() => ({}))
example(trail.showSettings)(() => ({}))
example(trail.setSettings)(() => ({
  retentionYears: 7,
  reviewWithinDays: 2,
  decideWithinDays: 10,
  tell: ['privacy-officer'],
}))
example(trail.listWatched)(() => ({}))
example(trail.watch)((_, word) => ({ patients: [`P-3-${word}`], note: `Known in ${word}` }))
example(trail.unwatch)(({ watchedId }) => ({ watchedId }))

example(cases.listCases)(() => ({}))
example(cases.showCase)(({ caseId }) => ({ caseId }))
example(cases.readCase)(({ caseId }) => ({ caseId }))
example(cases.decideCase)(({ caseId }, word) => ({
  caseId,
  version: 1,
  decision: 'appropriate',
  reason: `Asked for by ${word}.`,
}))
example(cases.reopenCase)(({ caseId }, word) => ({ caseId, reason: `Doubts of ${word}.` }))
example(cases.assignCase)(({ caseId }) => ({ caseId, memberId: null }))
example(cases.commentOnCase)(({ caseId }, word) => ({ caseId, comment: `Comment by ${word}.` }))
example(cases.listReviewers)(() => ({}))
example(cases.listRules)(() => ({}))
example(cases.setRule)(() => ({ kind: 'family', parameters: { crowd: 12 } }))
example(cases.countCases)(() => ({}))
