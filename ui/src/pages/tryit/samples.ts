/** Logs to begin with, in the formats of their products. Everything in them is made up (RFC 5737, RFC 2606). */
export interface Sample {
  id: string;
  label: string;
  format: string;
  text: string;
}

const ONE_EACH: readonly Sample[] = [
  {
    id: "sshd",
    label: "SSH login",
    format: "syslog",
    text: "Nov 22 10:00:01 web-1 sshd[4721]: Failed password for invalid user admin from 192.0.2.7 port 52144 ssh2",
  },
  {
    id: "windows-logon",
    label: "Windows logon",
    format: "XML",
    text: '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="Microsoft-Windows-Security-Auditing"/><EventID>4624</EventID><Channel>Security</Channel><Computer>dc01.example.com</Computer></System><EventData><Data Name="TargetUserName">alice</Data><Data Name="LogonType">3</Data><Data Name="IpAddress">192.0.2.21</Data></EventData></Event>',
  },
  {
    id: "cloudtrail",
    label: "AWS CloudTrail",
    format: "JSON",
    text: '{"eventVersion":"1.08","eventTime":"2026-11-22T10:00:05Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.14","userIdentity":{"type":"IAMUser","userName":"ops"},"requestParameters":{"userName":"build-bot"}}',
  },
  {
    id: "fortigate",
    label: "FortiGate traffic",
    format: "key=value",
    text: 'date=2026-11-22 time=10:00:07 devname="fw-1" logid="0000000013" type="traffic" subtype="forward" level="notice" srcip=192.0.2.40 srcport=51512 dstip=203.0.113.9 dstport=443 proto=6 action="accept" policyid=12 sentbyte=1840 rcvdbyte=9120',
  },
  {
    id: "nginx",
    label: "Web access",
    format: "access log",
    text: '198.51.100.77 - - [22/Nov/2026:10:00:09 +0000] "POST /login HTTP/1.1" 302 512 "https://example.com/" "Mozilla/5.0"',
  },
  {
    id: "cef",
    label: "CEF",
    format: "CEF",
    text: "CEF:0|Trend Micro|Deep Security Agent|20.0|4000030|EICAR_TEST_FILE|6|cn1=1 cn1Label=Host ID dvc=192.0.2.61 filePath=/tmp/eicar.com act=Delete result=Deleted",
  },
  {
    id: "zeek-dns",
    label: "Zeek DNS",
    format: "JSON",
    text: '{"_path":"dns","ts":1795341610.12,"uid":"CNb3aY1","id.orig_h":"192.0.2.33","id.orig_p":53011,"id.resp_h":"192.0.2.53","id.resp_p":53,"proto":"udp","query":"updates.example.org","qtype_name":"A","rcode_name":"NOERROR","answers":["203.0.113.80"]}',
  },
  {
    id: "auditd",
    label: "Linux audit",
    format: "key=value",
    text: 'type=EXECVE msg=audit(1795341612.481:9120): argc=3 a0="curl" a1="-o" a2="/tmp/x"',
  },
];

/** The first one has a line of each, the newcomer's best beginning. */
export const SAMPLES: readonly Sample[] = [
  { id: "mixed", label: "One of each", format: "mixed", text: ONE_EACH.map((sample) => sample.text).join("\n") },
  ...ONE_EACH,
];
