/** Whether patient data is unreadable where it lies and where it travels. */
import { safeguard } from '#core/safeguards/model.ts'
import { sql } from '#platform/database.ts'

const devicesEncrypted = safeguard({
  name: 'encryption.devices-encrypted',
  title: 'Every computer, tablet and phone in use is encrypted',
  meets: ['164.312(a)(2)(iv)', '164.310(d)(1)'],
  severity: 'high',
  subject: 'device',
  needs: ['device'],
  namedBy: 'device',
  remedy: 'Turn on the encryption of its disk, keep the recovery key, and let the next inventory show it.',
  // Whether a medical device, printer or switch encrypts is its maker's doing: they are not judged by this.
  check: sql`
    select device.device_id as subject, device.name as key, device.name as label,
      case when device.encrypted then 'pass' when device.encrypted is null then 'unknown' else 'fail' end::verdict as verdict,
      told.basis,
      case when device.encrypted then null
           when device.basis is null then format('The inventory that names %s has lapsed.', device.name)
           when device.encrypted is null then format('No inventory says whether %s is encrypted.', device.name)
           else format('%s is not encrypted%s.', device.name, coalesce(' (' || device.model || ')', '')) end as detail
    from device_now device
    left join (
      select fact.device_id, max(source.basis) as basis
      from device_fact fact join source_now source on source.id = fact.source_id
      where fact.absent_from is null and source.is_current and fact.encrypted
      group by fact.device_id
    ) told on told.device_id = device.device_id
    where not device.is_out_of_use
      and coalesce(device.device_kind, 'workstation') in ('workstation', 'laptop', 'tablet', 'phone', 'server', 'virtual')`,
})

const backupsEncrypted = safeguard({
  name: 'encryption.backups-encrypted',
  title: 'The backups of every system with patient data are encrypted',
  meets: ['164.312(a)(2)(iv)', '164.310(d)(2)(iv)'],
  severity: 'high',
  subject: 'system',
  needs: ['system', 'backup'],
  namedBy: 'backup',
  remedy:
    'Turn on encryption in the backup job, and delete the old unencrypted copies once a new one is known to restore.',
  check: sql`
    with newest as (
      select distinct on (fact.system_id, fact.job) fact.system_id, fact.job, source.is_current, source.basis,
        case when source.is_current then fact.encrypted end as encrypted
      from backup_fact fact join source_now source on source.id = fact.source_id
      where fact.absent_from is null and fact.system_id is not null
      order by fact.system_id, fact.job, source.is_current desc,
        coalesce(fact.last_run_at, fact.last_success_at) desc nulls last, fact.id desc
    ), backup as (
      select system_id, bool_or(not encrypted) as is_open, bool_and(encrypted is true) as is_encrypted,
        min(basis) as basis, bool_or(is_current) as is_current,
        string_agg(job, ', ' order by job) filter (where not encrypted) as open_jobs
      from newest group by system_id
    )
    select system.system_id as subject, system.name as key, system.name as label,
      case when system.ephi is null then 'unknown'
           when backup.is_open then 'fail'
           when backup.is_encrypted then 'pass'
           else 'unknown' end::verdict as verdict,
      least(backup.basis, system.basis) as basis,
      case when system.basis is null then format('The list of systems that names %s has lapsed.', system.name)
           when system.ephi is null then format('The list of systems does not say whether %s holds patient data.', system.name)
           when backup.is_open
             then format('The backup of %s%s is not encrypted.', system.name, coalesce(' (' || backup.open_jobs || ')', ''))
           when backup.is_encrypted then null
           when not backup.is_current then format('The backup report that names %s has lapsed.', system.name)
           else format('The backup report does not say of every backup of %s whether it is encrypted.', system.name)
      end as detail
    from system_now system join backup on backup.system_id = system.system_id
    where system.is_registered and not system.is_out_of_use and system.ephi is not false`,
})

const dataInTransit = safeguard({
  name: 'encryption.data-in-transit',
  title: 'Every system with patient data encrypts it on the way',
  meets: ['164.312(e)(2)(ii)', '164.312(e)(1)'],
  severity: 'high',
  subject: 'system',
  needs: ['system'],
  namedBy: 'system',
  remedy:
    'Turn on TLS for every connection of the system and turn off the ones without it, then correct the list of systems.',
  check: sql`
    select system.system_id as subject, system.name as key, system.name as label,
      case when system.ephi is null or system.encrypted_in_transit is null then 'unknown'
           when system.encrypted_in_transit then 'pass' else 'fail' end::verdict as verdict,
      system.basis,
      case when system.basis is null then format('The list of systems that names %s has lapsed.', system.name)
           when system.ephi is null then format('The list of systems does not say whether %s holds patient data.', system.name)
           when system.encrypted_in_transit is null
             then format('The list of systems does not say whether %s encrypts data in transit.', system.name)
           when not system.encrypted_in_transit
             then format('%s holds patient data and does not encrypt it in transit.', system.name)
      end as detail
    from system_now system
    where system.is_registered and not system.is_out_of_use and system.ephi is not false`,
})

const dataAtRest = safeguard({
  name: 'encryption.data-at-rest',
  title: 'Every system with patient data encrypts it where it is stored',
  meets: ['164.312(a)(2)(iv)'],
  severity: 'high',
  subject: 'system',
  needs: ['system'],
  namedBy: 'system',
  remedy: 'Turn on the encryption of the system’s storage or database, then correct the list of systems.',
  check: sql`
    select system.system_id as subject, system.name as key, system.name as label,
      case when system.ephi is null or system.encrypted_at_rest is null then 'unknown'
           when system.encrypted_at_rest then 'pass' else 'fail' end::verdict as verdict,
      system.basis,
      case when system.basis is null then format('The list of systems that names %s has lapsed.', system.name)
           when system.ephi is null then format('The list of systems does not say whether %s holds patient data.', system.name)
           when system.encrypted_at_rest is null
             then format('The list of systems does not say whether %s encrypts data at rest.', system.name)
           when not system.encrypted_at_rest
             then format('%s holds patient data and does not encrypt it at rest.', system.name)
      end as detail
    from system_now system
    where system.is_registered and not system.is_out_of_use and system.ephi is not false`,
})

export const safeguards = [devicesEncrypted, backupsEncrypted, dataInTransit, dataAtRest]
