-- The database of a hub with schema 4, as that hub left it: two devices, and what it knew of them.
PRAGMA application_id = 1280002114;
PRAGMA user_version = 4;
BEGIN TRANSACTION;
CREATE TABLE devices (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    generation_id TEXT NOT NULL,
    etag TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    status_reason TEXT NOT NULL,
    status_updated INTEGER,
    authentication INTEGER NOT NULL,
    primary_key TEXT NOT NULL,
    secondary_key TEXT NOT NULL,
    primary_thumbprint TEXT NOT NULL,
    secondary_thumbprint TEXT NOT NULL,
    connection_updated INTEGER,
    last_activity INTEGER,
    model_id TEXT NOT NULL DEFAULT ''
, parent INTEGER REFERENCES devices (seq) ON DELETE CASCADE, managed_by TEXT NOT NULL DEFAULT '');
INSERT INTO devices VALUES(1,'open','638000000000000001','AAAAAAAAAAE=',1,'',NULL,0,'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=','MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=','','',NULL,1790000000000000000,'dtmi:com:example:Lock;1',NULL,'');
INSERT INTO devices VALUES(2,'shut','638000000000000002','AAAAAAAAAAI=',0,'under repair',1790000000000000000,0,'ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=','ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=','','',NULL,NULL,'',NULL,'');
CREATE TABLE event_totals (events INTEGER NOT NULL, bytes INTEGER NOT NULL);
INSERT INTO event_totals VALUES(1,85);
CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    device_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    data TEXT NOT NULL
);
INSERT INTO events VALUES(1,'connection','open',1790000000000000000,'{"state":"Connected"}');
CREATE TABLE job_rows (
    job INTEGER NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE,
    device_id TEXT NOT NULL,
    status TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    error_code TEXT NOT NULL,
    error_description TEXT NOT NULL,
    PRIMARY KEY (job, device_id)
) WITHOUT ROWID;
CREATE TABLE jobs (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    action TEXT NOT NULL,
    condition TEXT NOT NULL,
    start_time INTEGER NOT NULL,
    max_execution INTEGER NOT NULL,
    created INTEGER NOT NULL,
    started INTEGER,
    ended INTEGER,
    status TEXT NOT NULL,
    stop TEXT NOT NULL,
    failure_reason TEXT NOT NULL,
    status_message TEXT NOT NULL,
    device_count INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    succeeded INTEGER NOT NULL,
    running INTEGER NOT NULL,
    pending INTEGER NOT NULL,
    canceled INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    rollout TEXT NOT NULL
, stop_at INTEGER);
CREATE TABLE messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    device INTEGER NOT NULL REFERENCES devices (seq) ON DELETE CASCADE,
    message_id TEXT NOT NULL,
    bag TEXT NOT NULL,
    payload BLOB NOT NULL,
    enqueued INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    deliveries INTEGER NOT NULL
);
INSERT INTO messages VALUES(1,1,'m1','',X'68656c6c6f',1790000000000000000,4000000000000000000,0);
CREATE TABLE policies (
    name TEXT PRIMARY KEY,
    rights INTEGER NOT NULL,
    primary_key TEXT NOT NULL,
    secondary_key TEXT NOT NULL,
    built_in INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO policies VALUES('backend',4,'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=','ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=',0);
CREATE TABLE probe (at INTEGER NOT NULL);
INSERT INTO probe VALUES(0);
CREATE TABLE sessions (
    device INTEGER PRIMARY KEY REFERENCES devices (seq) ON DELETE CASCADE,
    methods INTEGER NOT NULL,
    twin_responses INTEGER NOT NULL,
    desired INTEGER NOT NULL,
    devicebound INTEGER NOT NULL
);
INSERT INTO sessions VALUES(1,1,0,1,-1);
CREATE TABLE totals (devices INTEGER NOT NULL, enabled INTEGER NOT NULL);
INSERT INTO totals VALUES(2,1);
CREATE TABLE twin_indexes (
    path TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) WITHOUT ROWID;
CREATE TABLE twins (
    device INTEGER PRIMARY KEY REFERENCES devices (seq) ON DELETE CASCADE,
    etag INTEGER NOT NULL,
    version INTEGER NOT NULL,
    tags TEXT NOT NULL,
    desired TEXT NOT NULL,
    desired_metadata TEXT NOT NULL,
    desired_version INTEGER NOT NULL,
    reported TEXT NOT NULL,
    reported_metadata TEXT NOT NULL,
    reported_version INTEGER NOT NULL
);
INSERT INTO twins VALUES(1,3,4,'{"building":43}','{"volume":7}','{"$lastUpdated":"2026-09-21T14:13:20Z","$lastUpdatedVersion":2,"volume":{"$lastUpdated":"2026-09-21T14:13:20Z","$lastUpdatedVersion":2}}',2,'{}','{"$lastUpdated":"2026-09-21T14:13:20Z"}',1);
INSERT INTO twins VALUES(2,1,1,'{}','{}','{"$lastUpdated":"2026-09-21T14:13:20Z","$lastUpdatedVersion":1}',1,'{}','{"$lastUpdated":"2026-09-21T14:13:20Z"}',1);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('events',1);
INSERT INTO sqlite_sequence VALUES('messages',1);
CREATE INDEX jobs_newest ON jobs (created DESC, id);
CREATE INDEX jobs_unfinished ON jobs (seq) WHERE status NOT IN ('completed', 'failed', 'cancelled');
CREATE INDEX jobs_ended ON jobs (ended) WHERE status IN ('completed', 'failed', 'cancelled');
CREATE INDEX job_rows_by_device ON job_rows (device_id, job);
CREATE INDEX events_by_device ON events (device_id, seq);
CREATE TRIGGER event_added AFTER INSERT ON events BEGIN
    UPDATE event_totals SET events = events + 1, bytes = bytes + 64 + length(CAST(NEW.data AS BLOB));
END;
CREATE TRIGGER event_removed AFTER DELETE ON events BEGIN
    UPDATE event_totals SET events = events - 1, bytes = bytes - 64 - length(CAST(OLD.data AS BLOB));
END;
CREATE INDEX messages_by_device ON messages (device, seq);
CREATE INDEX messages_by_expiry ON messages (expires);
CREATE INDEX modules_by_device ON devices (parent) WHERE parent IS NOT NULL;
CREATE INDEX modules_by_id ON devices (id) WHERE parent IS NOT NULL;
CREATE TRIGGER device_added AFTER INSERT ON devices WHEN NEW.parent IS NULL BEGIN
    UPDATE totals SET devices = devices + 1, enabled = enabled + NEW.enabled;
END;
CREATE TRIGGER device_removed AFTER DELETE ON devices WHEN OLD.parent IS NULL BEGIN
    UPDATE totals SET devices = devices - 1, enabled = enabled - OLD.enabled;
END;
CREATE TRIGGER device_status_changed AFTER UPDATE OF enabled ON devices
    WHEN NEW.parent IS NULL AND NEW.enabled <> OLD.enabled BEGIN
    UPDATE totals SET enabled = enabled + NEW.enabled - OLD.enabled;
END;
COMMIT;
