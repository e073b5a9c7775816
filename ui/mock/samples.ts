/** Raw logs of the mock API and what they are. `hit` is the part that the evidence rests on. */
export interface Sample {
  raw: (n: number, at: Date) => string;
  vendor: string;
  product: string;
  sourcetype: string;
  format: string;
  class_uid: number;
  class_name: string;
  activity_id: number;
  activity_name: string;
  second: [number, string];
  confidence: number;
  guide: string;
  hit: string;
  path: string;
}

const ip = (n: number) => `10.${n % 7}.${(n * 13) % 251}.${(n * 37) % 253}`;
const user = (n: number) => ["asmith", "jdoe", "svc_backup", "mlopez", "admin"][n % 5] ?? "asmith";

export const SAMPLES: readonly Sample[] = [
  {
    raw: (n, at) =>
      JSON.stringify({ EventID: 4624, Channel: "Security", Computer: `WS-${n % 40}.corp.example`, TargetUserName: user(n), LogonType: 3, IpAddress: ip(n), TimeCreated: at.toISOString() }),
    vendor: "Microsoft", product: "windows-security", sourcetype: "XmlWinEventLog", format: "json",
    class_uid: 3002, class_name: "Authentication", activity_id: 1, activity_name: "Logon", second: [3003, "Authorize Session"],
    confidence: 0.97, guide: "guide:windows-security:4624", hit: "4624", path: "EventID",
  },
  {
    raw: (n, at) =>
      `date=${at.toISOString().slice(0, 10)} devname="fw-${n % 4}" type="traffic" subtype="forward" srcip=${ip(n)} dstip=198.51.100.${n % 250} dstport=443 action="accept" sentbyte=${n * 17}`,
    vendor: "Fortinet", product: "fortigate", sourcetype: "fgt_traffic", format: "kv",
    class_uid: 4001, class_name: "Network Activity", activity_id: 6, activity_name: "Traffic", second: [4002, "HTTP Activity"],
    confidence: 0.91, guide: "guide:fortigate:traffic-forward", hit: 'type="traffic"', path: "type",
  },
  {
    raw: (n, at) =>
      `${at.toISOString()} web-${n % 3} sshd[${2000 + n}]: Failed password for invalid user ${user(n)} from ${ip(n)} port ${40000 + (n % 9000)} ssh2`,
    vendor: "OpenBSD", product: "linux-sshd", sourcetype: "syslog", format: "syslog",
    class_uid: 3002, class_name: "Authentication", activity_id: 1, activity_name: "Logon", second: [3001, "Account Change"],
    confidence: 0.58, guide: "guide:linux-sshd:failed-password", hit: "Failed password", path: "message",
  },
  {
    raw: (n, at) =>
      `CEF:0|Acme|EdgeProxy|2.1|${100 + (n % 4)}|Request blocked|5|src=${ip(n)} request=https://example.test/a?id=${n} act=blocked rt=${at.getTime()}`,
    vendor: "Acme", product: "edgeproxy", sourcetype: "cef", format: "cef",
    class_uid: 4002, class_name: "HTTP Activity", activity_id: 3, activity_name: "Get", second: [2004, "Detection Finding"],
    confidence: 0.34, guide: "class:4002", hit: "Request blocked", path: "name",
  },
  {
    raw: (n, at) =>
      JSON.stringify({ eventTime: at.toISOString(), eventSource: "iam.amazonaws.com", eventName: "CreateUser", sourceIPAddress: ip(n), requestParameters: { userName: user(n) } }, null, 2),
    vendor: "Amazon", product: "aws-cloudtrail", sourcetype: "aws:cloudtrail", format: "json",
    class_uid: 3001, class_name: "Account Change", activity_id: 1, activity_name: "Create", second: [6003, "API Activity"],
    confidence: 0.62, guide: "guide:aws-cloudtrail:CreateUser", hit: "CreateUser", path: "eventName",
  },
  {
    raw: (n, at) =>
      `${ip(n)} - ${user(n)} [${at.toISOString()}] "GET /<script>alert(${n})</script> HTTP/1.1" 404 ${n % 900} "-" "evil\u001b[31mred\u001b[0m \u202Egnp.exe"`,
    vendor: "F5", product: "nginx", sourcetype: "nginx:access", format: "access",
    class_uid: 4002, class_name: "HTTP Activity", activity_id: 3, activity_name: "Get", second: [4001, "Network Activity"],
    confidence: 0.83, guide: "guide:nginx:access", hit: "GET /", path: "request",
  },
]; // prettier-ignore

/** Classes of the mock taxonomy: uid, caption, category. */
export const CLASSES: readonly [number, string, string][] = [
  [0, "Base Event", "Uncategorized"],
  [1001, "File System Activity", "System Activity"],
  [1007, "Process Activity", "System Activity"],
  [2004, "Detection Finding", "Findings"],
  [3001, "Account Change", "Identity & Access Management"],
  [3002, "Authentication", "Identity & Access Management"],
  [3003, "Authorize Session", "Identity & Access Management"],
  [4001, "Network Activity", "Network Activity"],
  [4002, "HTTP Activity", "Network Activity"],
  [4003, "DNS Activity", "Network Activity"],
  [5001, "Device Inventory Info", "Discovery"],
  [6003, "API Activity", "Application Activity"],
];
