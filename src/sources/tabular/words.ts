/**
 * The words that sources use for yes and no, for the state of a person or a device, for kinds of things, and the one
 * word that facts.ts has for each. A word that is not listed stays unsaid.
 */

/** Folds text for comparison: lower case, letters and digits alone. */
export function fold(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^\p{L}\p{N}]+/gu, '')
}

type Vocabulary = ReadonlyMap<string, string | null>

function vocabulary(words: Readonly<Record<string, string>>): Vocabulary {
  const map = new Map<string, string | null>()
  for (const [meaning, list] of Object.entries(words)) {
    map.set(fold(meaning), meaning)
    for (const word of list.split(',')) map.set(fold(word), meaning)
  }
  return map
}

/** Words that say nothing either way. */
export const unsaid: ReadonlySet<string> = new Set(
  ['', 'n/a', 'na', 'none', 'null', 'nil', 'unknown', 'not applicable', 'not available', 'not set', 'undefined', 'tbd', 'tba', 'not reported',
   'not evaluated', 'unspecified', 'no data', 'not determined', 'undetermined', 'blank', 'inapplicable', 'not known', 'to be determined'].map(fold),
) // biome-ignore format: a table reads better in rows

const yesNo = {
  yes: 'y,true,t,1,x,ja,yep,checked,on',
  no: 'n,false,f,0,off,unchecked,nope',
}

export const flags = {
  yesNo: vocabulary({
    yes: `${yesNo.yes},enabled,enable,active,required,allowed,present,installed,protected,running,always,done,complete,completed,available,ok,passed,pass,success,successful,compliant,managed`,
    no: `${yesNo.no},disabled,disable,inactive,not required,not allowed,absent,not installed,unprotected,stopped,never,missing,unavailable,failed,fail,failure,non-compliant,not compliant,noncompliant,unmanaged,not managed,not available here,not done,incomplete`,
  }),
  enabled: vocabulary({
    yes: `${yesNo.yes},active,enabled,enable,live,open,current,valid,normal,in use,allowed,provisioned,locked,locked out,lockedout,locked_out,password expired,password_expired,recovery,password reset,account enabled,sign-in allowed,active user,unlocked,ok,activated,licensed,good,production,compliant,pending,pending activation,pending user action,awaiting activation,invited,invitation sent,not activated,locked(timed),expired(grace),temporarily locked,open session,logon enabled,access granted,granted,expiring,expires soon,never expires,change password,must change password,password change required,forced change`,
    no: `${yesNo.no},inactive,disabled,disable,terminated,suspended,deactivated,deprovisioned,blocked,closed,deleted,archived,revoked,expired,retired,separated,removed,staged,inactivated,account disabled,sign-in blocked,inactive user,not active,obsolete,term,termed,withdrawn,cancelled,canceled,soft deleted,hidden,term'd,terminated user,expired & locked,locked & disabled,disabled (manual),disabled by admin,admin disabled,administratively disabled,access revoked,revoked access,no access,denied,decommissioned,purged,ended,left,departed,invalid,not valid,off-boarded,offboarded,frozen,login disabled,logon disabled,do not use,void,locked by admin,logically deleted,pending deletion,marked for deletion,scheduled for deletion`,
  }),
  mfa: vocabulary({
    yes: `${yesNo.yes},registered,enrolled,enforced,enabled,active,capable,mfa registered,mfa enabled,mfa enforced,enrolled in 2sv,2sv enrolled,configured,set up,setup,required,required & registered,protected,multifactor,complete,completed,verified,bypass,locked out`,
    no: `${yesNo.no},not registered,not enrolled,unenrolled,disabled,inactive,not configured,not set up,not setup,not capable,pending enrollment,not activated,pending activation,missing,unregistered,no mfa,no methods,not enabled,not required,incomplete,pending,not protected,single factor`,
  }),
  enforced: vocabulary({
    yes: `${yesNo.yes},enforced,required,mandatory,mfa enforced,always,enabled,active`,
    no: `${yesNo.no},not enforced,not required,optional,disabled,registered,enrolled,inactive,not enabled`,
  }),
  bypassed: vocabulary({
    yes: `${yesNo.yes},bypass,bypassed,exempt,exempted,excluded`,
    no: `${yesNo.no},active,enabled,enforced,required,not bypassed,disabled,locked out,not exempt,included,normal`,
  }),
  encrypted: vocabulary({
    yes: `${yesNo.yes},encrypted,fully encrypted,fullyencrypted,protection on,enabled,active,all partitions encrypted,boot partitions encrypted,boot partition encrypted,filevault enabled,filevault 2 enabled,filevault on,bitlocker enabled,bitlocker on,used space only encrypted,fully encrypted used space only,compliant,complete,encryption complete,encrypted (os drive),os drive encrypted,full disk,full,full disk encryption,bitlocker,filevault,filevault 2,luks,hardware encrypted,aes,aes-256,aes 256,aes-128,xts-aes 128,xts-aes 256,xtsaes128,xtsaes256,protected,ssl,tls,at rest,device encrypted,encrypted and escrowed`,
    no: `${yesNo.no},not encrypted,unencrypted,fully decrypted,fullydecrypted,protection off,disabled,inactive,encrypting,decrypting,encryption in progress,encryptioninprogress,decryption in progress,decryptioninprogress,encryption paused,encryptionpaused,encryption suspended,encryptionsuspended,decryption paused,protection suspended,suspended,paused,no partitions encrypted,some partitions encrypted,partially encrypted,partial,not enabled,not configured,not compliant,noncompliant,pending,clear,plaintext,decrypted,ready to encrypt,not ready,unprotected,filevault off,bitlocker off,in progress,not protected`,
  }),
  protection: vocabulary({
    yes: `${yesNo.yes},enabled,active,protected,up to date,uptodate,running,healthy,installed,ok,good,onboarded,real-time protection on,current,compliant,clean,updated,windows defender,microsoft defender,defender,defender for endpoint,microsoft defender for endpoint,microsoft defender antivirus,sentinelone,crowdstrike,crowdstrike falcon,sophos,bitdefender,eset,webroot,malwarebytes,huntress,carbon black,cortex xdr,trend micro,symantec,mcafee,trellix,xprotect,cylance,kaspersky,norton,cisco secure endpoint,clamav`,
    no: `${yesNo.no},disabled,inactive,unprotected,not protected,out of date,outdated,not running,stopped,not installed,missing,expired,can be onboarded,not onboarded,impaired communication,no sensor data,not compliant,snoozed,unhealthy`,
  }),
  compliant: vocabulary({
    yes: `${yesNo.yes},compliant,pass,passed,meets,in compliance,ok,healthy`,
    no: `${yesNo.no},non-compliant,noncompliant,not compliant,in grace period,ingraceperiod,fail,failed,error,conflict,out of compliance,unhealthy`,
  }),
  managed: vocabulary({
    yes: `${yesNo.yes},managed,enrolled,mdm,intune,co-managed,comanaged,configmgr,onboarded,supervised,jamf,mobile device management,microsoft intune,mde`,
    no: `${yesNo.no},unmanaged,not managed,not enrolled,unenrolled,pending,byod unmanaged,not onboarded,can be onboarded`,
  }),
  ephi: vocabulary({
    yes: `${yesNo.yes},ephi,phi,ephi/phi,contains phi,contains ephi,yes - ephi,patient data,stores phi,stores,processes,transmits,creates,receives,full,limited,high,hipaa,in scope,business associate,ba,phi access,limited data set,phi and pii,phi & pii,creates/receives,store,access,accesses`,
    no: `${yesNo.no},no phi,no ephi,no patient data,not phi,none expected,out of scope,not in scope,not a business associate,de-identified,deidentified,incidental only,no access`,
  }),
  privileged: vocabulary({
    yes: `${yesNo.yes},admin,administrator,privileged,super admin,superadmin,global administrator,global admin,domain admin,superuser,super user,elevated,delegated admin,system administrator,root`,
    no: `${yesNo.no},user,standard,standard user,member,regular,normal,non-privileged,end user,no access,none,not admin`,
  }),
  passed: vocabulary({
    yes: `${yesNo.yes},pass,passed,success,successful,succeeded,ok,met,objectives met,met objectives,satisfactory,completed successfully,verified,restored,complete,completed,good`,
    no: `${yesNo.no},fail,failed,failure,unsuccessful,not met,unsatisfactory,partial,partially,partially met,error,objectives not met,incomplete,corrupt,not restored`,
  }),
} as const

export type FlagVocabulary = keyof typeof flags

export const vocabularies = {
  workerType: vocabulary({
    employee:
      'employees,full time,full-time,fulltime,ft,part time,part-time,parttime,pt,regular,regular full time,regular full-time,regular part time,regular part-time,regular employee,staff,permanent,w2,w-2,w2 employee,salaried,hourly,per diem,prn,casual,exempt,non-exempt,seasonal,full-time employee,part-time employee,fte,temporary employee,full time regular,part time regular,salary',
    contractor:
      'contract,1099,contingent,contingent worker,agency,temp,temporary,consultant,vendor,locum,locum tenens,locums,traveler,traveller,independent contractor,temp agency,outsourced,external,supplier,freelancer,third party,contingentworker,agency staff,contract worker',
    volunteer: 'volunteers,unpaid',
    student: 'students,intern,internship,trainee,extern,resident student,nursing student,medical student,apprentice',
    clinician:
      'physician,provider,medical staff,resident,fellow,attending,credentialed provider,non-employed provider,independent physician,affiliate,affiliated provider,allied health,practitioner,advanced practice provider,app,locum provider,licensed independent practitioner',
  }),
  personStanding: vocabulary({
    active:
      'a,act,employed,current,working,hired,rehired,active employee,active - full time,active full-time,active full time,regular,yes,y,1,true,in service,enabled,full time,full-time,part time,part-time,probation,probationary,active assignment,active - payroll eligible',
    left: 'l,t,terminated,term,termed,inactive,separated,resigned,retired,former,former employee,dismissed,deceased,ended,left,departed,quit,laid off,involuntary termination,voluntary termination,terminated - voluntary,terminated - involuntary,no,n,0,false,ex-employee,released,discharged,disabled,terminated employee,end of contract,separation,inactive employee,inactive - payroll eligible,rescinded hire',
    leave:
      'on leave,loa,leave of absence,leave,fmla,medical leave,maternity leave,paternity leave,parental leave,sabbatical,military leave,suspended,furloughed,furlough,paid leave,unpaid leave,disability,std,ltd,leave with pay,leave without pay,on leave of absence,active - on leave',
    pending:
      'future hire,pre-hire,prehire,new hire,onboarding,not started,pending hire,pending start,offer accepted,pre-start,pre hire,preboarding,upcoming,future,new hire pending,starting,pending onboarding,hire in progress',
  }),
  /** Where the question is whether somebody has gone. */
  personGone: vocabulary({
    left: 'yes,y,true,t,1,x,gone,terminated,term,termed,departed,quit,resigned,retired,separated,former,no longer here,inactive',
    active: 'no,n,false,f,0,still here,active,here,current,working,employed,present',
  }),
  accountType: vocabulary({
    person:
      'user,users,member,individual,human,personal,employee,staff,regular,named,named user,standard,normal,personal account,inetorgperson,end user,regular user,dialog,named person,physician,provider,clinician,nurse,full user,person account,user account,usermailbox,user mailbox,internal,workforce,worker',
    service:
      'service account,serviceaccount,svc,system,application,api,integration,bot,interface,managed service account,gmsa,msa,msds-managedserviceaccount,msds-groupmanagedserviceaccount,serviceprincipal,service principal,robot,automation,non-human,batch,machine account,system account,background,api user,api only,communication,system user,integration user,robotic,rpa,reference,dmz,daemon,process',
    shared:
      'shared account,generic,shared mailbox,sharedmailbox,group,kiosk,departmental,role account,resource,room,equipment,common,generic account,room mailbox,equipment mailbox,roommailbox,equipmentmailbox',
    guest: 'external,guest user,b2b,vendor,partner,contractor guest,external user,external azure ad',
    admin:
      'administrator,privileged,admin account,administrative,superuser,global admin,domain admin,super admin,system administrator',
    test: 'testing,training,demo,dummy,test account,test user,sandbox,training account',
    computer: 'machine,workstation,device,host',
  }),
  deviceKind: vocabulary({
    workstation:
      'desktop,desktops,pc,desktop pc,desktop computer,computer,computers,tower,all in one,all-in-one,aio,imac,mac mini,mac studio,mac pro,mini pc,thin client,thinclient,kiosk,small form factor,workstations,windows workstation,mac workstation,windows_workstation,windows desktop,mini tower,micro,cart,wow,workstation on wheels',
    laptop:
      'laptops,notebook,notebooks,laptop computer,portable,ultrabook,macbook,macbook pro,macbook air,chromebook,sub notebook,laptop pc,windows laptop,mac laptop,mac_laptop,detachable,convertible,notebook computer',
    server:
      'servers,windows server,linux server,physical server,database server,file server,domain controller,windows_server,linux_server,rack server,blade,hypervisor,host server,esxi,vmware host,storage server,application server,web server',
    phone:
      'phones,smartphone,smart phone,iphone,mobile,mobile phone,cell phone,cell,cellphone,android phone,mobile device,android,androidforwork,handset,ios phone',
    tablet: 'tablets,ipad,ipads,android tablet,surface tablet,slate,ipados',
    medical:
      'medical device,medical equipment,biomedical,biomed,imaging,modality,infusion pump,patient monitor,ultrasound,ct,mri,x-ray,xray,iomt,clinical device,clinical equipment,ecg,ekg,defibrillator,ventilator,analyzer,lab analyzer,medical device (networked)',
    network:
      'switch,router,firewall,access point,wireless access point,ap,wap,network device,network equipment,gateway,load balancer,networking,network switch,wireless controller,modem,vpn,vpn gateway,nas,wireless,network appliance,sd-wan,ups',
    virtual:
      'virtual machine,vm,virtual server,virtual desktop,vdi,cloud pc,azure vm,ec2,cloudpc,virtualmachine,virtual workstation,vmware vm,guest vm,hyper-v vm',
    printer:
      'printers,copier,mfp,multifunction,multifunction printer,label printer,scanner,fax,print device,mfd,all-in-one printer,printer/copier,network printer',
  }),
  deviceStanding: vocabulary({
    'in-use':
      'active,deployed,assigned,in use,in service,production,online,operational,enabled,checked out,in production,live,ready to deploy - deployed,issued,installed,offline,up,running,current,deployed (checked out),yes,managed,enrolled',
    stock:
      'in stock,spare,available,ready to deploy,storage,in storage,undeployed,unassigned,inventory,new,pending,on order,received,loaner,in repair,repair,out for repair,maintenance,stockroom,shelf,deployable,out for diagnostics,backup unit,awaiting deployment',
    retired:
      'disposed,decommissioned,recycled,end of life,eol,archived,inactive,sold,destroyed,donated,removed,surplus,wiped,scrapped,returned,decommission,retired/disposed,written off,disposal,deactivated,deleted,un-deployable,broken - not fixable,trashed',
    lost: 'stolen,missing,lost/stolen,lost or stolen,not found,unaccounted,lost - stolen',
  }),
  componentType: vocabulary({
    application:
      'app,apps,program,software,desktop app,win32,msi,applications,programs,desktop application,universal app,store app,commercial,license,suite',
    library: 'libraries,module,dependency,jar,runtime,framework',
    'operating-system': 'os,operating system,operatingsystem',
    package: 'packages,deb,rpm,pkg,dpkg,appx,homebrew,chocolatey,pip,npm',
    firmware: 'bios,uefi,embedded',
    'browser-extension': 'browser extension,browser plugin,extension,browser add-on,chrome extension,add-on,plugin',
  }),
  systemKind: vocabulary({
    ehr: 'emr,electronic health record,electronic medical record,ehr/emr,practice management,ehr/pm,ehr system,clinical system,medical records,pm,emr/ehr,electronic health records,ehr & practice management,health record,practice management system,clinical',
    directory:
      'active directory,identity,identity provider,idp,sso,iam,identity management,directory service,authentication,identity & access,identity and access management,single sign-on',
    mail: 'email,e-mail,messaging,email system,mail server,exchange,collaboration,email & collaboration,secure email,productivity,office suite',
    imaging:
      'pacs,radiology,ris,medical imaging,pacs/ris,ris/pacs,vna,imaging system,dicom,radiology information system',
    billing:
      'revenue cycle,rcm,claims,clearinghouse,billing system,finance,accounting,revenue cycle management,medical billing,payments,payment processing,financial,erp',
    laboratory: 'lab,lis,lims,lab system,laboratory information system,pathology',
    pharmacy:
      'e-prescribing,eprescribing,erx,pharmacy system,dispensing,medication dispensing,automated dispensing,medication management',
    hr: 'human resources,payroll,hris,hr system,hcm,human capital management,hr/payroll,timekeeping,workforce,workforce management,talent,hr & payroll',
    'file-share':
      'file share,file server,file storage,shared drive,network share,document management,file sharing,storage,cloud storage,nas,file shares,content management',
    other: 'misc,miscellaneous,various',
  }),
  hosting: vocabulary({
    'on-premises':
      'on-premise,on premises,on premise,onprem,on-prem,on prem,local,internal,in-house,data center,datacenter,server room,self-hosted,self hosted,onsite,on-site,on site,onpremises,client-server,locally hosted,physical server,internal server',
    hosted:
      'hosted by vendor,vendor hosted,vendor-hosted,private cloud,managed hosting,colocation,colo,iaas,paas,aws,azure,gcp,remote hosted,external hosting,remote-hosted,externally hosted,co-location,managed service',
    saas: 'cloud,cloud-based,cloud based,software as a service,web,web-based,web based,public cloud,cloud saas,cloud (saas),saas/cloud,vendor cloud,cloud/saas,cloud hosted,cloud-hosted,internet',
  }),
  systemStanding: vocabulary({
    'in-use':
      'active,production,live,in use,in production,operational,current,yes,deployed,online,enabled,in service,approved,supported,running',
    retired:
      'decommissioned,inactive,end of life,eol,sunset,archived,replaced,legacy read-only,retiring done,removed,no,terminated,shut down,offline,closed,disabled',
    planned:
      'implementing,implementation,pilot,proposed,in implementation,pending,future,planning,evaluation,in development,development,go-live pending,procurement,under evaluation,upcoming',
  }),
  agreement: vocabulary({
    signed:
      'yes,y,true,executed,on file,active,current,in place,complete,completed,fully executed,received,valid,signed - on file,effective,renewed,baa signed,in effect,yes - signed,baa on file,baa executed,signed & on file,1,have,ok,fully signed',
    none: 'no,n,false,missing,not signed,unsigned,not on file,no agreement,needed,required,not in place,no baa,outstanding,0,not received,refused,declined,required - missing,need,does not exist,not executed',
    pending:
      'in progress,sent,out for signature,in review,under review,in negotiation,negotiating,requested,draft,awaiting signature,partially signed,under negotiation,pending signature,in process,sent for signature,with legal,legal review,awaiting,awaiting vendor',
    expired: 'lapsed,terminated,ended,out of date,renewal needed,overdue,past due,expired - renewal needed',
    'not-required':
      'not required,not needed,exempt,no phi,not a ba,not a business associate,not necessary,baa not required,n/a - no phi,none required,not required - no phi,conduit,n/a,na,not applicable',
  }),
  vendorStanding: vocabulary({
    active:
      'current,approved,in use,yes,live,ongoing,enabled,active vendor,y,engaged,preferred,onboarded,true,contracted,existing,in good standing',
    ended:
      'inactive,terminated,former,offboarded,expired,closed,cancelled,canceled,no longer used,retired,no,n,discontinued,archived,past,ended - data returned,disabled,false,disengaged,not renewed',
    planned:
      'prospective,proposed,pending,evaluating,onboarding,new,under review,in review,in evaluation,rfp,candidate,prospect,pending approval,potential,under evaluation,requested,future',
  }),
  backupResult: vocabulary({
    success:
      'succeeded,successful,ok,completed,complete,passed,yes,done,good,healthy,completed successfully,0,backed up,protected,finished,status 0,job completed successfully,finished successfully,backup completed,completed (100%),succeeded (verified),verified,active (ok)',
    warning:
      'warnings,completed with warnings,partial,partially completed,completed with exceptions,partially successful,partial success,1,succeeded with exceptions,with warnings,completed with errors,success with warnings,completed with warning,succeeded with warnings,incomplete,finished with warnings,attention,missed files',
    failed:
      'fail,failure,error,errors,no,missed,cancelled,canceled,aborted,not run,did not run,overdue,stopped,unsuccessful,not completed,terminated,critical,missed schedule,job failed,failed over,recovered failed,failed (see log),alert,no backup,never,finished with errors',
    running:
      'in progress,active,queued,pending,inprogress,working,started,none yet,processing,scheduled,backing up,waiting',
  }),
  trainingStanding: vocabulary({
    completed:
      'complete,passed,pass,yes,done,finished,y,true,1,satisfied,completed - passed,successful,current,compliant,attended,certified,completed on time,completed late,waived - prior completion,complete (passed),completed successfully,completed via import,completed (late),succeeded,met,credit granted,fulfilled',
    'in-progress':
      'in progress,started,incomplete,partially complete,ongoing,inprogress,active,opened,launched,attempted,in training,partial,viewed,in-process,working,resumed,in process',
    'not-started':
      'not started,not yet started,assigned,pending,enrolled,no,n,false,0,not completed,not complete,overdue,past due,not attempted,registered,not begun,due,to do,open,notstarted,no attempt,unopened,not opened,scheduled,waiting,not taken,incomplete - overdue,delinquent,never accessed,new,invited,available,upcoming,due soon,late,not attended,absent',
    failed: 'fail,unsuccessful,not passed,did not pass,no pass,completed - failed,complete (failed)',
    expired: 'lapsed,out of date,expired certification,recertification required,non-compliant - expired,renewal due',
  }),
  exerciseKind: vocabulary({
    incident:
      'tabletop,table top,tabletop exercise,ttx,incident response,incident response exercise,ir exercise,cyber exercise,ransomware,cyber,ransomware tabletop,incident response tabletop,security incident,ir tabletop,breach,breach drill,functional exercise,incident response drill,cybersecurity,cyber tabletop,red team,ransomware exercise',
    downtime:
      'downtime drill,downtime procedures,ehr downtime,contingency,continuity,business continuity,bcp,emergency mode,emergency mode operation,contingency plan,contingency test,outage,power outage,ehr downtime drill,bcp test,emergency operations,emergency mode operations,power failure,downtime exercise',
    restore:
      'restore test,backup restore,disaster recovery,dr,dr test,restoration,recovery,restoration test,recovery test,data restore,failover,backup test,disaster recovery test,backup restore test,failover test,dr exercise,restore drill,dr drill',
    phishing:
      'phish,phishing simulation,phishing campaign,phishing test,simulated phishing,social engineering,phishing exercise,phish test',
    evacuation:
      'fire drill,fire,evacuation drill,emergency evacuation,active shooter,building evacuation,fire evacuation',
  }),
  assessmentKind: vocabulary({
    'risk-analysis':
      'risk analysis,risk assessment,sra,security risk assessment,security risk analysis,hipaa risk assessment,hipaa risk analysis,hipaa sra,ra,hipaa security risk analysis,hipaa security risk assessment,annual risk assessment,enterprise risk analysis,risk',
    evaluation:
      'hipaa evaluation,security evaluation,periodic evaluation,gap analysis,gap assessment,compliance review,technical evaluation,nontechnical evaluation,hipaa gap assessment,compliance assessment,hipaa security evaluation,internal review,compliance evaluation,security review,self assessment,self-assessment,maturity assessment',
    'penetration-test':
      'pen test,pentest,penetration test,penetration testing,external penetration test,internal penetration test,ethical hack,red team,pen testing,web application penetration test,external pen test,internal pen test',
    'vulnerability-scan':
      'vulnerability scan,vuln scan,scan,vulnerability assessment,external scan,internal scan,vulnerability scanning,network scan,authenticated scan,va scan,external vulnerability scan,internal vulnerability scan',
    audit:
      'internal audit,external audit,soc 2,soc2,hitrust,iso 27001,compliance audit,hipaa audit,access audit,it audit,security audit,financial audit,certification,ocr audit,soc 2 type ii,soc 2 type 2',
  }),
  decision: vocabulary({
    approved:
      'yes,allowed,accepted,allow,permitted,approve,standard,y,authorized,authorised,whitelisted,allowlisted,true,sanctioned,supported,ok,approved - standard,grandfathered',
    trial:
      'pilot,evaluation,evaluating,poc,proof of concept,under evaluation,testing,in evaluation,in trial,temporary,time-limited,under test',
    limited:
      'restricted,conditional,limited use,approved with conditions,conditionally approved,exception,by exception,approved with restrictions,restricted use,department only,approved - limited,by request,case by case,partial',
    retired:
      'deprecated,phase out,phasing out,end of life,eol,sunset,contain,containment,no longer approved,retire,decommissioned,legacy,withdrawn,unsupported,replaced,phased out,removed',
    refused:
      'no,denied,rejected,prohibited,banned,not approved,blocked,disallowed,unapproved,deny,declined,n,forbidden,blacklisted,not allowed,false,reject,unauthorized,unauthorised,not permitted,disapproved,blocklisted',
  }),
} as const

export type VocabularyName = keyof typeof vocabularies
