-- A decision for each event of a span, for scripts/bench_search.py: one in twenty unsure.
INSERT INTO decisions
WITH sipHash64(event_id,'d') AS h, [3002,3002,4001,6003,4001,4002][indexOf(['OpenSSH','Windows Security','PAN-OS','CloudTrail','ASA','nginx'],product)] AS cls,
  if(h % 20 = 0, rand() % 1000 / 2000, 0.6 + (h % 400) / 1000) AS conf,
  concat('"chunk_id":"guide:test:', toString(h % 40), '","kind":"guide","title":"What the event says","score":0.91,"fields":["message"],"spans":[[10,24]]') AS item
SELECT event_id, generateUUIDv4() AS decision_id, 1 AS version, received_at AS decided_at, cls AS class_uid,
  multiIf(cls=3002,'Authentication',cls=4001,'Network Activity',cls=6003,'API Activity','HTTP Activity') AS class_name, intDiv(cls,1000) AS category_uid,
  h % 7 AS activity_id, cls*100 + h % 7 AS type_uid, conf AS confidence, if(conf<0.5,'needs_review',if(h % 50=1,'confirmed',if(h % 200=2,'overridden','auto'))) AS status,
  if(h % 50 = 1, 'analyst', ['memo','memo','memo','memo','ranker','pin'][(h % 6)+1]) AS decided_by, template_id, if(h % 100 = 5, ['model'], []) AS degraded,
  '1.8.0','m','p','k','r', 3 + h % 40 AS latency_ms,
  map('parse',0.1,'template',0.05,'memo',0.2,'retrieve', toFloat64(h % 30),'rank',1.0,'activity',0.1) AS stage_ms,
  concat('{"event_id":"', toString(event_id), '","decision_id":"', toString(decision_id), '","decided_at":"', formatDateTime(decided_at, '%Y-%m-%dT%H:%i:%S+00:00'),
    '","ocsf_version":"1.8.0","category_uid":', toString(category_uid), ',"category_name":"","class_uid":', toString(cls), ',"class_name":"', class_name,
    '","activity_id":', toString(activity_id), ',"activity_name":"","type_uid":', toString(type_uid), ',"confidence":', toString(conf), ',"status":"', status,
    '","decided_by":"', decided_by, '","template_id":"', template_id, '","degraded":', if(empty(degraded), '[]', '["model"]'),
    ',"candidates":[{"class_uid":', toString(cls), ',"class_name":"', class_name, '","probability":', toString(conf), ',"evidence":[]},{"class_uid":0,"class_name":"Base Event","probability":', toString(conf * (h % 97) / 100), ',"evidence":[]},',
    '{"class_uid":6003,"class_name":"API Activity","probability":0.001,"evidence":[]}],"evidence":[{', item, '}],"rationale":"', repeat('because of what the guide says ', 8),
    '","versions":{"model":"m","prompt":"p","knowledge":"k","ranker":"r"},"latency_ms":{"parse":0.1,"template":0.05,"memo":0.2,"retrieve":', toString(h % 30), ',"rank":1.0,"activity":0.1,"total":', toString(3 + h % 40), '}}') AS document
FROM events WHERE received_at >= {a:DateTime64(3,'UTC')} AND event_id IN (SELECT event_id FROM events WHERE received_at >= {a:DateTime64(3,'UTC')} AND received_at < {b:DateTime64(3,'UTC')})
AND received_at < {b:DateTime64(3,'UTC')}
