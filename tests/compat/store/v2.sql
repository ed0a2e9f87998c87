-- A database of schema version 2, as version 0.1 of the daemon wrote it.
PRAGMA page_size = 1024;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE words (number INTEGER PRIMARY KEY, text NOT NULL UNIQUE);
INSERT INTO words VALUES(1,'nothing');
INSERT INTO words VALUES(2,'/tmp/playgrounds');
CREATE TABLE jobs (
  key INTEGER PRIMARY KEY, id TEXT NOT NULL, name, backend INTEGER NOT NULL, host INTEGER NOT NULL,
  has_condition INTEGER NOT NULL, retries TEXT, restart_of TEXT, submitted_at INTEGER NOT NULL,
  spec TEXT NOT NULL, same_as INTEGER, workflow INTEGER, node, equivalence TEXT, timeout INTEGER, superseded INTEGER);
INSERT INTO jobs VALUES(1,'01hf7yat01r5h613xjk3tv6v6k','prepare',1,2,0,NULL,NULL,1700000000001,'{"backend":"nothing","host":"/tmp/playgrounds","name":"prepare","program":{"exec":["true"]}}',NULL,1,'prepare',NULL,NULL,1);
INSERT INTO jobs VALUES(2,'01hf7yat02fkv0y1vec2839cz7','align[x=1]',1,2,1,'{"out-of-memory":{"memory":"x1.5","times":2}}',NULL,1700000000002,'{"backend":"nothing","condition":{"exists":"/data/out"},"host":"/tmp/playgrounds","name":"align[x=1]","program":{"exec":["true"]},"retries":{"out-of-memory":{"memory":"x1.5","times":2}},"timeout":3600}',NULL,1,'align[x=1]','88ab9f6c24c5d7640e7819979e0f1e2f',3600000,NULL);
INSERT INTO jobs VALUES(3,'01hf7yat03v5p1459frfm57vve','complain',1,2,0,NULL,NULL,1700000000003,'{"backend":"nothing","host":"/tmp/playgrounds","name":"complain","program":{"exec":["true"]}}',NULL,1,'complain',NULL,NULL,NULL);
INSERT INTO jobs VALUES(4,'01hf7yat348h36n40wxx3kvxzz','pointer',1,2,1,NULL,NULL,1700000000004,'{"backend":"nothing","condition":{"exists":"/data/out"},"host":"/tmp/playgrounds","name":"pointer","program":{"exec":["true"]}}',2,4,'pointer','88ab9f6c24c5d7640e7819979e0f1e2f',NULL,NULL);
INSERT INTO jobs VALUES(5,'01hf7yat68sdqmrkz9z7by3zt2','prepare',1,2,0,NULL,'01hf7yat01r5h613xjk3tv6v6k',1700000000005,'{"backend":"nothing","host":"/tmp/playgrounds","name":"prepare","program":{"exec":["true"]},"restart_of":"01hf7yat01r5h613xjk3tv6v6k"}',NULL,1,'prepare',NULL,NULL,NULL);
CREATE TABLE progress (
  key INTEGER PRIMARY KEY,
  state INTEGER NOT NULL, attempt INTEGER NOT NULL, flags INTEGER NOT NULL, failures TEXT,
  backend_state, phase, reason, message, exit_code INTEGER, signal INTEGER, failure INTEGER,
  evidence_command, evidence_code INTEGER, evidence_words, usage TEXT,
  started_at INTEGER, ended_at INTEGER, noticed_at INTEGER, last_event INTEGER NOT NULL, running_since INTEGER);
INSERT INTO progress VALUES(1,11,1,128,NULL,NULL,NULL,NULL,NULL,3,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,1700000000050,4,1700000000040);
INSERT INTO progress VALUES(2,3,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,5,NULL);
INSERT INTO progress VALUES(3,0,0,96,NULL,NULL,NULL,'nothing can activate it any more',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,3,NULL);
INSERT INTO progress VALUES(5,4,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,6,NULL);
CREATE TABLE open_jobs (key INTEGER PRIMARY KEY);
INSERT INTO open_jobs VALUES(2);
INSERT INTO open_jobs VALUES(3);
INSERT INTO open_jobs VALUES(5);
CREATE TABLE finished (
  noticed_at INTEGER NOT NULL, key INTEGER NOT NULL, PRIMARY KEY (noticed_at, key)) WITHOUT ROWID;
INSERT INTO finished VALUES(1700000000050,1);
CREATE TABLE unsucceeded (
  state INTEGER NOT NULL, key INTEGER NOT NULL, PRIMARY KEY (state, key)) WITHOUT ROWID;
INSERT INTO unsucceeded VALUES(11,1);
CREATE TABLE tags (job INTEGER NOT NULL, tag NOT NULL, PRIMARY KEY (job, tag)) WITHOUT ROWID;
CREATE TABLE history (
  sequence INTEGER PRIMARY KEY, job INTEGER NOT NULL, at INTEGER NOT NULL,
  from_state INTEGER NOT NULL, to_state INTEGER NOT NULL, attempt INTEGER NOT NULL, reason,
  evidence_command, evidence_code INTEGER, evidence_words, previous INTEGER NOT NULL);
INSERT INTO history VALUES(1,1,1700000000001,0,0,0,'submitted',NULL,NULL,NULL,0);
INSERT INTO history VALUES(2,2,1700000000002,0,1,0,'submitted',NULL,NULL,NULL,0);
INSERT INTO history VALUES(3,3,1700000000003,0,0,0,'submitted',NULL,NULL,NULL,0);
INSERT INTO history VALUES(4,1,1700000000004,0,11,0,'exit code 3',NULL,NULL,NULL,1);
INSERT INTO history VALUES(5,2,1700000000005,1,3,0,'its condition does not hold yet',NULL,NULL,NULL,2);
INSERT INTO history VALUES(6,5,1700000000006,0,4,0,'restart',NULL,NULL,NULL,0);
CREATE TABLE totals (state INTEGER PRIMARY KEY, jobs INTEGER NOT NULL);
INSERT INTO totals VALUES(0,1);
INSERT INTO totals VALUES(1,0);
INSERT INTO totals VALUES(2,0);
INSERT INTO totals VALUES(3,1);
INSERT INTO totals VALUES(4,1);
INSERT INTO totals VALUES(5,0);
INSERT INTO totals VALUES(6,0);
INSERT INTO totals VALUES(7,0);
INSERT INTO totals VALUES(8,0);
INSERT INTO totals VALUES(9,0);
INSERT INTO totals VALUES(10,0);
INSERT INTO totals VALUES(11,1);
INSERT INTO totals VALUES(12,0);
INSERT INTO totals VALUES(13,0);
INSERT INTO totals VALUES(14,0);
INSERT INTO totals VALUES(15,0);
INSERT INTO totals VALUES(16,0);
INSERT INTO totals VALUES(17,0);
INSERT INTO totals VALUES(18,0);
CREATE TABLE idempotency (
  key NOT NULL PRIMARY KEY, fingerprint, jobs TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO idempotency VALUES('request','fingerprint','01hf7yat01r5h613xjk3tv6v6k01hf7yat02fkv0y1vec2839cz701hf7yat03v5p1459frfm57vve',1795615516930);
CREATE TABLE owner (
  one INTEGER PRIMARY KEY CHECK (one = 1), home TEXT NOT NULL, epoch INTEGER NOT NULL,
  pid INTEGER, host TEXT, since INTEGER,
  last_key INTEGER NOT NULL, last_id TEXT NOT NULL, last_sequence INTEGER NOT NULL);
INSERT INTO owner VALUES(1,'b73507aaf28fd82dc90601ca66c2156b',1,7,'login1',1700000000000,5,'01hf7yat68sdqmrkz9z7by3zt2',6);
CREATE TABLE edges (
  source INTEGER NOT NULL, target INTEGER NOT NULL, kind INTEGER NOT NULL,
  PRIMARY KEY (source, target, kind)) WITHOUT ROWID;
INSERT INTO edges VALUES(1,2,0);
INSERT INTO edges VALUES(4,2,3);
INSERT INTO edges VALUES(2,3,2);
CREATE TABLE workflows (
  key INTEGER PRIMARY KEY, id TEXT NOT NULL, name, file, submitted_at INTEGER NOT NULL);
INSERT INTO workflows VALUES(1,'01hf7yat348h36n40wxx38em60',X'706970656c696e65ff','pipeline.yaml',1700000000100);
INSERT INTO workflows VALUES(4,'01hf7yat68sdqmrkz9z7bvvwbr','second',NULL,1700000000100);
CREATE TABLE workflow_totals (
  workflow INTEGER NOT NULL, state INTEGER NOT NULL, jobs INTEGER NOT NULL,
  PRIMARY KEY (workflow, state)) WITHOUT ROWID;
INSERT INTO workflow_totals VALUES(1,0,1);
INSERT INTO workflow_totals VALUES(1,1,0);
INSERT INTO workflow_totals VALUES(1,3,1);
INSERT INTO workflow_totals VALUES(1,4,1);
INSERT INTO workflow_totals VALUES(1,11,0);
CREATE TABLE paused (
  kind INTEGER NOT NULL, what NOT NULL, since INTEGER NOT NULL, PRIMARY KEY (kind, what))
  WITHOUT ROWID;
CREATE UNIQUE INDEX jobs_id ON jobs (id);
CREATE INDEX jobs_name ON jobs (name) WHERE name IS NOT NULL;
CREATE INDEX jobs_restart_of ON jobs (restart_of) WHERE restart_of IS NOT NULL;
CREATE INDEX tags_tag ON tags (tag, job);
CREATE INDEX idempotency_at ON idempotency (at);
CREATE VIEW readable AS SELECT jobs.key, id, jobs.name, b.text AS backend, h.text AS host, state,
  attempt, reason, message, exit_code, signal, datetime(submitted_at / 1000, 'unixepoch') AS submitted,
  datetime(noticed_at / 1000, 'unixepoch') AS finished, spec
  FROM jobs LEFT JOIN progress ON progress.key = jobs.key LEFT JOIN words b ON b.number = jobs.backend
  LEFT JOIN words h ON h.number = jobs.host;
CREATE INDEX edges_target ON edges (target);
CREATE UNIQUE INDEX workflows_id ON workflows (id);
CREATE INDEX workflows_name ON workflows (name, key);
CREATE INDEX jobs_same_as ON jobs (same_as) WHERE same_as IS NOT NULL;
CREATE INDEX jobs_workflow ON jobs (workflow) WHERE workflow IS NOT NULL;
CREATE INDEX jobs_pointers ON jobs (workflow) WHERE workflow IS NOT NULL AND same_as IS NOT NULL;
COMMIT;
PRAGMA application_id = 1264940146;
PRAGMA user_version = 2;
PRAGMA journal_mode = WAL;
