-- A database of schema version 1, as version 0.1 of the daemon wrote it.
PRAGMA page_size = 1024;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE words (number INTEGER PRIMARY KEY, text NOT NULL UNIQUE);
INSERT INTO words VALUES(1,'nothing');
INSERT INTO words VALUES(2,'/tmp/playgrounds');
INSERT INTO words VALUES(3,'ssh://me@login1:22/scratch/pg');
CREATE TABLE jobs (
  key INTEGER PRIMARY KEY, id TEXT NOT NULL, name, backend INTEGER NOT NULL, host INTEGER NOT NULL,
  has_condition INTEGER NOT NULL, retries TEXT, restart_of TEXT, submitted_at INTEGER NOT NULL,
  spec TEXT NOT NULL);
INSERT INTO jobs VALUES(1,'01hf7yat01r5h613xjk3tv6v6k','plain',1,2,0,NULL,NULL,1700000000001,'{"backend":"nothing","host":"/tmp/playgrounds","name":"plain","program":{"exec":["true"]},"tags":["tag",{"base64":"dP8="}]}');
INSERT INTO jobs VALUES(2,'01hf7yat02fkv0y1vec2839cz7',X'ff006e616d65',1,3,1,'{"exit":2}',NULL,1700000000002,'{"backend":"nothing","condition":{"exists":"/data/out"},"host":"ssh://me@login1:22/scratch/pg","name":{"base64":"/wBuYW1l"},"program":{"exec":["true"]},"retries":{"exit":2}}');
INSERT INTO jobs VALUES(3,'01hf7yat03v5p1459frfm57vve',NULL,1,2,0,NULL,'01hf7yat048h36n40wxx38em60',1700000000003,'{"backend":"nothing","host":"/tmp/playgrounds","program":{"exec":["true"]},"restart_of":"01hf7yat048h36n40wxx38em60"}');
INSERT INTO jobs VALUES(4,'01hf7yat048h36n40wxx38em60',NULL,1,2,0,NULL,NULL,1700000000004,'{"backend":"nothing","host":"/tmp/playgrounds","program":{"exec":["true"]}}');
INSERT INTO jobs VALUES(5,'01hf7yat05sbj21tme7efkfafg',NULL,1,2,0,NULL,NULL,1700000000005,'{"backend":"nothing","host":"/tmp/playgrounds","program":{"exec":["true"]}}');
INSERT INTO jobs VALUES(6,'01hf7yat06wbrp1f20v0mnpmwz',NULL,1,2,0,NULL,NULL,1700000000006,'{"backend":"nothing","host":"/tmp/playgrounds","program":{"exec":["true"]}}');
CREATE TABLE progress (
  key INTEGER PRIMARY KEY,
  state INTEGER NOT NULL, attempt INTEGER NOT NULL, flags INTEGER NOT NULL, failures TEXT,
  backend_state, phase, reason, message, exit_code INTEGER, signal INTEGER, failure INTEGER,
  evidence_command, evidence_code INTEGER, evidence_words, usage TEXT,
  started_at INTEGER, ended_at INTEGER, noticed_at INTEGER, last_event INTEGER NOT NULL);
INSERT INTO progress VALUES(1,0,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO progress VALUES(2,6,1,1,'{"exit":1}','{"pid": 7}','pending',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1700000000123,NULL,NULL,7);
INSERT INTO progress VALUES(3,11,3,0,NULL,NULL,NULL,NULL,'exit code 3',3,NULL,0,'cat exit',0,'3','{"max_rss_bytes":12345}',NULL,1700000001000,1700000000003,8);
INSERT INTO progress VALUES(4,18,1,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,4,NULL,NULL,NULL,NULL,NULL,NULL,1700000000004,9);
INSERT INTO progress VALUES(5,9,1,0,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1700000000005,10);
INSERT INTO progress VALUES(6,5,2,6,NULL,NULL,NULL,'asked',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,11);
CREATE TABLE open_jobs (key INTEGER PRIMARY KEY);
INSERT INTO open_jobs VALUES(1);
INSERT INTO open_jobs VALUES(2);
INSERT INTO open_jobs VALUES(6);
CREATE TABLE finished (
  noticed_at INTEGER NOT NULL, key INTEGER NOT NULL, PRIMARY KEY (noticed_at, key)) WITHOUT ROWID;
INSERT INTO finished VALUES(1700000000003,3);
INSERT INTO finished VALUES(1700000000004,4);
INSERT INTO finished VALUES(1700000000005,5);
CREATE TABLE unsucceeded (
  state INTEGER NOT NULL, key INTEGER NOT NULL, PRIMARY KEY (state, key)) WITHOUT ROWID;
INSERT INTO unsucceeded VALUES(11,3);
INSERT INTO unsucceeded VALUES(18,4);
CREATE TABLE tags (job INTEGER NOT NULL, tag NOT NULL, PRIMARY KEY (job, tag)) WITHOUT ROWID;
INSERT INTO tags VALUES(1,'tag');
INSERT INTO tags VALUES(1,X'74ff');
CREATE TABLE history (
  sequence INTEGER PRIMARY KEY, job INTEGER NOT NULL, at INTEGER NOT NULL,
  from_state INTEGER NOT NULL, to_state INTEGER NOT NULL, attempt INTEGER NOT NULL, reason,
  evidence_command, evidence_code INTEGER, evidence_words, previous INTEGER NOT NULL);
INSERT INTO history VALUES(1,1,1700000000001,0,0,0,'new',NULL,NULL,NULL,0);
INSERT INTO history VALUES(2,2,1700000000002,0,0,0,'new',NULL,NULL,NULL,0);
INSERT INTO history VALUES(3,3,1700000000003,0,0,0,'new',NULL,NULL,NULL,0);
INSERT INTO history VALUES(4,4,1700000000004,0,0,0,'new',NULL,NULL,NULL,0);
INSERT INTO history VALUES(5,5,1700000000005,0,0,0,'new',NULL,NULL,NULL,0);
INSERT INTO history VALUES(6,6,1700000000006,0,0,0,'new',NULL,NULL,NULL,0);
INSERT INTO history VALUES(7,2,1700000000002,0,6,1,'because','ps',1,'gone',2);
INSERT INTO history VALUES(8,3,1700000000003,0,11,3,'because','ps',1,'gone',3);
INSERT INTO history VALUES(9,4,1700000000004,0,18,1,'because','ps',1,'gone',4);
INSERT INTO history VALUES(10,5,1700000000005,0,9,1,'because','ps',1,'gone',5);
INSERT INTO history VALUES(11,6,1700000000006,0,5,2,'because','ps',1,'gone',6);
CREATE TABLE totals (state INTEGER PRIMARY KEY, jobs INTEGER NOT NULL);
INSERT INTO totals VALUES(0,1);
INSERT INTO totals VALUES(1,0);
INSERT INTO totals VALUES(2,0);
INSERT INTO totals VALUES(3,0);
INSERT INTO totals VALUES(4,0);
INSERT INTO totals VALUES(5,1);
INSERT INTO totals VALUES(6,1);
INSERT INTO totals VALUES(7,0);
INSERT INTO totals VALUES(8,0);
INSERT INTO totals VALUES(9,1);
INSERT INTO totals VALUES(10,0);
INSERT INTO totals VALUES(11,1);
INSERT INTO totals VALUES(12,0);
INSERT INTO totals VALUES(13,0);
INSERT INTO totals VALUES(14,0);
INSERT INTO totals VALUES(15,0);
INSERT INTO totals VALUES(16,0);
INSERT INTO totals VALUES(17,0);
INSERT INTO totals VALUES(18,1);
CREATE TABLE idempotency (
  key NOT NULL PRIMARY KEY, fingerprint, jobs TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO idempotency VALUES('request','fingerprint','01hf7yat01r5h613xjk3tv6v6k01hf7yat02fkv0y1vec2839cz701hf7yat03v5p1459frfm57vve01hf7yat048h36n40wxx38em6001hf7yat05sbj21tme7efkfafg01hf7yat06wbrp1f20v0mnpmwz',1795405985067);
CREATE TABLE owner (
  one INTEGER PRIMARY KEY CHECK (one = 1), home TEXT NOT NULL, epoch INTEGER NOT NULL,
  pid INTEGER, host TEXT, since INTEGER,
  last_key INTEGER NOT NULL, last_id TEXT NOT NULL, last_sequence INTEGER NOT NULL);
INSERT INTO owner VALUES(1,'141f9463ca16d39f666fe2e695afbd21',1,2838,'vm',1795405985055,6,'01hf7yat06wbrp1f20v0mnpmwz',11);
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
COMMIT;
PRAGMA application_id = 1264940146;
PRAGMA user_version = 1;
PRAGMA journal_mode = WAL;
