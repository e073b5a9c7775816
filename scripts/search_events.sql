-- Synthetic events of a week, for scripts/bench_search.py: 350 bytes and 12 fields each, 6 sources, 300 hosts.
INSERT INTO events
WITH
  toDateTime64({start_at:String}, 3, 'UTC') + toIntervalMillisecond(intDiv(number * 604800000, {total:UInt64}) + sipHash64(number) % 500) AS at,
  sipHash64(number, 'a') AS h, sipHash64(number,'b') AS h2,
  (h % 1000) AS kind,
  multiIf(kind<400,0,kind<650,1,kind<800,2,kind<900,3,kind<960,4,5) AS p,
  ['OpenBSD','Microsoft','Palo Alto Networks','Amazon','Cisco','nginx'][p+1] AS vendor,
  ['OpenSSH','Windows Security','PAN-OS','CloudTrail','ASA','nginx'][p+1] AS product,
  concat('host', toString(h2 % 300)) AS hst,
  ['root','alice','bob','svc-backup','admin','guest','carol'][(h2 % 7)+1] AS usr,
  concat('10.', toString(h2 % 200), '.', toString(intDiv(h2,256) % 256), '.', toString(intDiv(h2,65536) % 256)) AS ip,
  ['Failed password','Accepted publickey','Connection closed','Session opened'][(h % 4)+1] AS msg
SELECT
  toUUID(concat(substring(leftPad(hex(toUInt64(toUnixTimestamp64Milli(at))),12,'0'),1,8),'-',substring(leftPad(hex(toUInt64(toUnixTimestamp64Milli(at))),12,'0'),9,4),'-7',substring(leftPad(hex(h),16,'0'),1,3),'-8',substring(leftPad(hex(h2),16,'0'),1,3),'-',substring(leftPad(hex(sipHash64(number,'c')),16,'0'),1,12))) AS event_id,
  at AS received_at, vendor, product, ['linux_secure','wineventlog','pan:traffic','aws:cloudtrail','cisco:asa','access_combined'][p+1] AS sourcetype,
  hst AS host, ['syslog','xml','csv','json','syslog','access'][p+1] AS format,
  substring(hex(sipHash64(p, h % 200)),1,16) AS template_id,
  map('syslog.host', hst, 'message.user', usr, 'src_ip', ip, 'src_port', toString(1024 + h2 % 60000), 'dst_ip', concat('192.0.2.', toString(h % 250)),
      'action', ['allow','deny','drop'][(h % 3)+1], 'event.code', toString(4600 + h % 90), 'pid', toString(h2 % 32768), 'bytes', toString(h % 100000), 'proto', ['tcp','udp'][(h%2)+1], 'session', hex(h), 'severity', toString(h % 8)) AS fields,
  concat('<86>', formatDateTime(at,'%b %d %H:%i:%S'), ' ', hst, ' ', product, '[', toString(h2 % 32768), ']: ', msg, ' for ', usr, ' from ', ip, ' port ', toString(1024 + h2 % 60000), ' ssh2 dst=192.0.2.', toString(h % 250), ' action=', ['allow','deny','drop'][(h % 3)+1], ' code=', toString(4600 + h % 90), ' bytes=', toString(h % 100000), ' session=', hex(h), ' note="the quick brown event of ', product, ' jumped over a rule named policy-', toString(h % 40), '"') AS raw
FROM numbers({start:UInt64}, {step:UInt64})
