"""Events of many products as skeletons: ``@name@`` marks a part that varies, ``%name%`` one that discriminates."""

from __future__ import annotations

import re

from agents.events import Event

SKELETONS: dict[str, str] = {
    "cloudtrail": (
        '{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","principalId":"AIDA@alnum@","arn":'
        '"arn:aws:iam::@account@:user/@user@","accountId":"@account@","userName":"@user@"},"eventTime":"@iso@",'
        '"eventSource":"iam.amazonaws.com","eventName":"%action%","awsRegion":"us-east-1","sourceIPAddress":"@ip@",'
        '"userAgent":"aws-cli/2.@count@","errorCode":"%result%","requestID":"@uuid@","eventID":"@uuid@",'
        '"eventType":"%type%","recipientAccountId":"@account@"}'
    ),
    "windows_xml": (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        "<Provider Name='Microsoft-Windows-Security-Auditing' Guid='{@uuid@}'/><EventID>%code%</EventID>"
        "<Version>2</Version><Level>0</Level><TimeCreated SystemTime='@iso@'/><EventRecordID>@count@</EventRecordID>"
        "<Execution ProcessID='@count@' ThreadID='@count@'/><Channel>Security</Channel><Computer>@host@</Computer>"
        "</System><EventData><Data Name='SubjectUserSid'>@sid@</Data><Data Name='TargetUserName'>@user@</Data>"
        "<Data Name='TargetLogonId'>@hex@</Data><Data Name='LogonType'>%digit%</Data>"
        "<Data Name='Status'>%status%</Data><Data Name='IpAddress'>@ip@</Data>"
        "<Data Name='IpPort'>@port@</Data></EventData></Event>"
    ),
    "windows_text": (
        "@usdate@\nLogName=Security\nSourceName=Microsoft Windows security auditing.\nEventCode=%code%\nEventType=0\n"
        "ComputerName=@host@\nRecordNumber=@count@\nKeywords=Audit %result%\nMessage=An account event took place.\n\n"
        "Subject:\n\tSecurity ID:\t\t@sid@\n\tAccount Name:\t\t@user@\n\tLogon ID:\t\t@hex@\n\n"
        "Logon Type:\t\t\t%digit%\n\nNetwork Information:\n\tSource Network Address:\t@ip@\n\tSource Port:\t\t@port@\n"
    ),
    "sshd": "@bsd@ @host@ sshd[@count@]: %sshd% for @user@ from @ip@ port @port@ ssh2",
    "sshd_invalid": (
        "<38>@bsd@ @host@ sshd[@count@]: Failed %method% for invalid user @user@ from @ip@ port @port@ ssh2"
    ),
    "pam": "<86>1 @iso@ @host@ sshd @count@ - - pam_unix(sshd:session): session %state% for user @user@(uid=@count@)",
    "cef": (
        "CEF:0|Acme|Gateway|1.0|%code%|%words%|5|src=@ip@ spt=@port@ dst=@ip@ dpt=@port@ suser=@user@ "
        "shost=@host@ rt=@iso@ externalId=@epoch@ in=@count@ act=%type% outcome=%result%"
    ),
    "leef": (
        "LEEF:1.0|Acme|Gateway|2.1|%code%|src=@ip@\tdst=@ip@\tsrcPort=@port@\tusrName=@user@\tcat=%type%"
        "\tdevTime=@iso@\tsrcBytes=@count@\taction=%action%"
    ),
    "fortigate": (
        '<189>date=@date@ time=@clock@ devname="@host@" devid="FG@alnum@" logid="00000%code%" type="%type%" '
        'subtype="%action%" level="notice" srcip=@ip@ srcport=@port@ dstip=@ip@ dstport=@port@ sessionid=@count@ '
        'proto=%digit% action="%result%" user="@user@" duration=@count@ sentbyte=@count@ rcvdbyte=@count@'
    ),
    "auditd": (
        "type=%UPPER% msg=audit(@epoch@.123:@count@): pid=@count@ uid=0 auid=@count@ ses=@count@ "
        'msg=\'op=%action% acct="@user@" exe="/usr/sbin/sshd" hostname=@host@ addr=@ip@ terminal=ssh res=%result%\''
    ),
    "logfmt": (
        'ts=@iso@ level=info msg="request done" action=%action% status=%http% user=@user@ remote_ip=@ip@ '
        "duration=@count@ms request_id=@uuid@ bytes=@count@"
    ),
    "asa": (
        "<166>@bsd@ @host@ : %ASA-6-302013: %Built% inbound TCP connection @count@ for outside:@ipv4@/@port@ "
        "(@ipv4@/@port@) to inside:@ipv4@/@port@ (@ipv4@/@port@)"
    ),
    "vpc_flow": (
        "2 @account@ eni-0@alnum@ @ip@ @ip@ @port@ @port@ %digit% @count@ @count@ @epoch@ @epoch@ %accept% OK"
    ),
    "panos": (
        "<14>@bsd@ @host@ 1,@pandate@,0@count@,THREAT,%action%,2561,@pandate@,@ip@,@ip@,@ip@,@ip@,allow-out,@user@,,"
        "web-browsing,vsys1,trust,untrust,ethernet1/1,ethernet1/2,log,@pandate@,@count@,1,@port@,@port@,@port@,@port@,"
        '0x400000,tcp,%result%,"host/path",(%code%),any,high,client-to-server,@count@,0x0,US,DE,0,text/html'
    ),
    "access_log": (
        '@ipv4@ - @user@ [@clf@] "%HTTP% /a/@count@?x=@hex@ HTTP/1.1" %http% @count@ "https://@host@/x" "Agent/@count@"'
    ),
    "okta": (
        '{"actor":{"id":"00u@alnum@","type":"User","alternateId":"@user@@example.com","displayName":"@user@"},'
        '"client":{"ipAddress":"@ip@"},"eventType":"user.%action%.%type%","outcome":{"result":"%RESULT%"},'
        '"published":"@iso@","uuid":"@uuid@","transaction":{"id":"@uuid@"}}'
    ),
    "zeek": (
        '{"_path":"dns","ts":@epoch@.5,"uid":"C@alnum@","id.orig_h":"@ip@","id.orig_p":@port@,"id.resp_h":"@ip@",'
        '"id.resp_p":@port@,"query":"@host@","qtype_name":"%UPPER%","rcode":%digit%}'
    ),
    "zeek_conn": (
        '{"_path":"conn","ts":@epoch@.25,"uid":"C@alnum@","id.orig_h":"@ip@","id.orig_p":@port@,"id.resp_h":"@ip@",'
        '"id.resp_p":@port@,"proto":"%proto%","service":"%service%","duration":@count@.5,"orig_bytes":@count@,'
        '"resp_bytes":@count@,"conn_state":"%conn%","missed_bytes":@count@,"orig_pkts":@count@,"resp_pkts":@count@}'
    ),
    "suricata": (
        '{"timestamp":"@iso@","flow_id":@count@,"in_iface":"eth0","event_type":"%type%","src_ip":"@ip@","src_port":@port@,'
        '"dest_ip":"@ip@","dest_port":@port@,"proto":"%proto%","alert":{"action":"%action%","gid":1,'
        '"signature_id":%code%,"rev":2,"signature":"%words%","category":"Misc activity","severity":%digit%},'
        '"flow":{"pkts_toserver":@count@,"pkts_toclient":@count@,"bytes_toserver":@count@,"bytes_toclient":@count@,'
        '"start":"@iso@"},"host":"@host@"}'
    ),
    "okta_full": (
        '{"uuid":"@uuid@","published":"@iso@","eventType":"user.session.%action%","version":"0","severity":"INFO",'
        '"displayMessage":"%words%","actor":{"id":"00u@alnum@","type":"User","alternateId":"@user@@example.com",'
        '"displayName":"@user@"},"client":{"userAgent":{"rawUserAgent":"Agent/@count@","os":"Linux"},"zone":"null",'
        '"ipAddress":"@ip@"},"authenticationContext":{"authenticationStep":0,"externalSessionId":"trs@alnum@"},'
        '"outcome":{"result":"%RESULT%","reason":"%result%"},"target":[{"id":"0oa@alnum@","type":"AppInstance",'
        '"alternateId":"@user@","displayName":"@user@"}],"debugContext":{"debugData":{"requestId":"@alnum@"}}}'
    ),
    "kubernetes_audit": (
        '{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"@uuid@","stage":"%stage%",'
        '"requestURI":"/api/v1/namespaces/@user@/pods/@host@","verb":"%action%","user":{"username":"@user@",'
        '"uid":"@uuid@","groups":["system:authenticated"]},"sourceIPs":["@ip@"],"userAgent":"kubectl/v1.@count@",'
        '"objectRef":{"resource":"%resource%","namespace":"@user@","name":"@host@","apiVersion":"v1"},'
        '"responseStatus":{"metadata":{},"code":%http%},"requestReceivedTimestamp":"@iso@","stageTimestamp":"@iso@"}'
    ),
    "auditd_journald": (
        "@bsd@ @host@ audit[@count@]: %UPPER% pid=@count@ uid=@count@ auid=@count@ ses=@count@ "
        'subj=system_u:system_r:init_t:s0 msg=\'op=%action% acct="@user@" exe="/usr/sbin/sshd" hostname=@host@ '
        "addr=@ip@ terminal=ssh res=%result%'"
    ),
    "useradd": (
        "@bsd@ @host@ useradd[@count@]: %added% user: name=@user@, UID=@count@, GID=@count@, home=/home/@user@, "
        "shell=/bin/sh, from=/dev/pts/@count@"
    ),
    "groupadd": "@bsd@ @host@ groupadd[@count@]: group %added% to /etc/group: name=@user@, GID=@count@",
    "sudo": "@bsd@ @host@ sudo:   @user@ : TTY=pts/@count@ ; PWD=/home/@user@ ; USER=@user@ ; COMMAND=%command%",
    "su": (
        "@bsd@ @host@ su[@count@]: pam_unix(%pam%:session): session %state% for user @user@(uid=@count@) "
        "by @user@(uid=@count@)"
    ),
    "sshd_invalid_user": "@bsd@ @host@ sshd[@count@]: %Invalid% user @user@ from @ip@ port @port@",
    "sshd_disconnected": "@bsd@ @host@ sshd[@count@]: %Disconnected% user @user@ @ip@ port @port@",
    "asa_emblem": (
        "<166>:@bsd@ UTC: %ASA-session-6-302013: %Built% inbound TCP connection @count@ for outside:@ipv4@/@port@ "
        "(@ipv4@/@port@) to inside:@ipv4@/@port@ (@ipv4@/@port@)"
    ),
    "ftd": (
        "<113>@iso@ @host@ %FTD-1-430003: AccessControlRuleAction: %ftd%, SrcIP: @ip@, DstIP: @ip@, SrcPort: @port@, "
        "DstPort: @port@, Protocol: %proto%, User: @user@, InitiatorBytes: @count@, ConnectionDuration: @count@"
    ),
    "snare": (
        "<14>@bsd@ @host@ MSWinEventLog\t1\tSecurity\t@count@\t@ctime@\t%code%\tMicrosoft-Windows-Security-Auditing\t"
        "CORP\\@user@\tN/A\t%audited%\t@host@\tLogon\t\tAn account event took place.    Subject:   "
        "Security ID:  @sid@   Account Name:  @user@   Account Domain:  @host@   Logon ID:  @hex@    "
        "Logon Type:   %digit%\t@count@"
    ),
}


def slots(skeleton: str, mark: str) -> list[str]:
    """The names between two marks of a skeleton, as often as they stand there."""
    names = re.findall(rf"{mark}([A-Za-z]\w*){mark}", skeleton)
    return [name for name in names if name not in {"ASA", "FTD"}]


def filled(skeleton: str, values: dict[str, list[str]]) -> str:
    """The skeleton with each slot taken from its name's values in turn."""
    turns = {name: iter(given) for name, given in values.items()}
    return re.sub(
        r"[@%]([A-Za-z]\w*)[@%]", lambda m: next(turns[m.group(1)]) if m.group(1) in turns else m.group(), skeleton
    )


def value(event: Event, path: str) -> str | None:
    """The first value at a path."""
    return next((field.value for field in event.fields if field.path == path), None)


def assert_spans_are_exact(event: Event) -> None:
    """Every span lies in ``raw`` and, escapes aside, holds the value."""
    for field in event.fields:
        if field.span is None:
            continue
        a, b = field.span
        assert 0 <= a <= b <= len(event.raw), field
        piece = event.raw[a:b]
        escaped = any(mark in piece for mark in ("\\", "&", '""')) or not piece.isascii()
        assert escaped or piece == field.value, field
