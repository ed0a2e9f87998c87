#include "core/store/schema.hpp"

#include <iterator>

namespace ketrew::store {
namespace {

// Step n brings a database from version n to n + 1. A step that was released is never changed: add
// another one, and a database of the version before it to tests/compat.
constexpr const char* steps[] = {
    R"sql(
-- Backends and hosts repeat in every job: their texts are here once.
CREATE TABLE words (number INTEGER PRIMARY KEY, text NOT NULL UNIQUE);

-- What was asked for: written once, never changed. `spec` is all of it as JSON; the other columns
-- are what a job is looked up or started by. A name that is not UTF-8 is a blob.
CREATE TABLE jobs (
  key INTEGER PRIMARY KEY, id TEXT NOT NULL, name, backend INTEGER NOT NULL, host INTEGER NOT NULL,
  has_condition INTEGER NOT NULL, retries TEXT, restart_of TEXT, submitted_at INTEGER NOT NULL,
  spec TEXT NOT NULL);
CREATE UNIQUE INDEX jobs_id ON jobs (id);
CREATE INDEX jobs_name ON jobs (name) WHERE name IS NOT NULL;
CREATE INDEX jobs_restart_of ON jobs (restart_of) WHERE restart_of IS NOT NULL;

-- How far it got. No index: a row is replaced whole at every transition. What is looked up by state
-- or time is in the three small tables below, which change only when a job begins or ends.
CREATE TABLE progress (
  key INTEGER PRIMARY KEY,
  state INTEGER NOT NULL, attempt INTEGER NOT NULL, flags INTEGER NOT NULL, failures TEXT,
  backend_state, phase, reason, message, exit_code INTEGER, signal INTEGER, failure INTEGER,
  evidence_command, evidence_code INTEGER, evidence_words, usage TEXT,
  started_at INTEGER, ended_at INTEGER, noticed_at INTEGER, last_event INTEGER NOT NULL);
CREATE TABLE open_jobs (key INTEGER PRIMARY KEY);
CREATE TABLE finished (
  noticed_at INTEGER NOT NULL, key INTEGER NOT NULL, PRIMARY KEY (noticed_at, key)) WITHOUT ROWID;
-- Finished in another state than `succeeded`.
CREATE TABLE unsucceeded (
  state INTEGER NOT NULL, key INTEGER NOT NULL, PRIMARY KEY (state, key)) WITHOUT ROWID;

CREATE TABLE tags (job INTEGER NOT NULL, tag NOT NULL, PRIMARY KEY (job, tag)) WITHOUT ROWID;
CREATE INDEX tags_tag ON tags (tag, job);

-- The entries of one job are a chain: progress.last_event is the newest, `previous` the one before, 0 ends
-- it. An index by job would cost more than all the rest of a row.
CREATE TABLE history (
  sequence INTEGER PRIMARY KEY, job INTEGER NOT NULL, at INTEGER NOT NULL,
  from_state INTEGER NOT NULL, to_state INTEGER NOT NULL, attempt INTEGER NOT NULL, reason,
  evidence_command, evidence_code INTEGER, evidence_words, previous INTEGER NOT NULL);

CREATE TABLE totals (state INTEGER PRIMARY KEY, jobs INTEGER NOT NULL);
INSERT INTO totals SELECT value, 0 FROM json_each('[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18]');

CREATE TABLE idempotency (
  key NOT NULL PRIMARY KEY, fingerprint, jobs TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX idempotency_at ON idempotency (at);

-- One row. `home` is drawn at random: an archive takes jobs of one home only.
CREATE TABLE owner (
  one INTEGER PRIMARY KEY CHECK (one = 1), home TEXT NOT NULL, epoch INTEGER NOT NULL,
  pid INTEGER, host TEXT, since INTEGER,
  last_key INTEGER NOT NULL, last_id TEXT NOT NULL, last_sequence INTEGER NOT NULL);
INSERT INTO owner VALUES (1, lower(hex(randomblob(16))), 0, NULL, NULL, NULL, 0, '', 0);

-- For people.
CREATE VIEW readable AS SELECT jobs.key, id, jobs.name, b.text AS backend, h.text AS host, state,
  attempt, reason, message, exit_code, signal, datetime(submitted_at / 1000, 'unixepoch') AS submitted,
  datetime(noticed_at / 1000, 'unixepoch') AS finished, spec
  FROM jobs LEFT JOIN progress ON progress.key = jobs.key LEFT JOIN words b ON b.number = jobs.backend
  LEFT JOIN words h ON h.number = jobs.host;
)sql",
    R"sql(
-- The graph. `source` is the job whose end matters, `target` the one that it matters to; `kind` is
-- core/model/edge.hpp's. Edges stay when jobs end: they explain.
CREATE TABLE edges (
  source INTEGER NOT NULL, target INTEGER NOT NULL, kind INTEGER NOT NULL,
  PRIMARY KEY (source, target, kind)) WITHOUT ROWID;
CREATE INDEX edges_target ON edges (target);

-- A workflow has the number of its first job. Its totals are those of the newest job of each node: a
-- job that was restarted is `superseded`. Pointers are not in them. State -1: killed, and nobody had
-- asked for it.
CREATE TABLE workflows (
  key INTEGER PRIMARY KEY, id TEXT NOT NULL, name, file, submitted_at INTEGER NOT NULL);
CREATE UNIQUE INDEX workflows_id ON workflows (id);
CREATE INDEX workflows_name ON workflows (name, key);
CREATE TABLE workflow_totals (
  workflow INTEGER NOT NULL, state INTEGER NOT NULL, jobs INTEGER NOT NULL,
  PRIMARY KEY (workflow, state)) WITHOUT ROWID;

-- `same_as`: a pointer to the job that is for the same thing; it has no progress of its own.
-- `equivalence` tells which jobs are; `timeout` is in milliseconds.
ALTER TABLE jobs ADD COLUMN same_as INTEGER;
ALTER TABLE jobs ADD COLUMN workflow INTEGER;
ALTER TABLE jobs ADD COLUMN node;
ALTER TABLE jobs ADD COLUMN equivalence TEXT;
ALTER TABLE jobs ADD COLUMN timeout INTEGER;
ALTER TABLE jobs ADD COLUMN superseded INTEGER;
CREATE INDEX jobs_same_as ON jobs (same_as) WHERE same_as IS NOT NULL;
CREATE INDEX jobs_workflow ON jobs (workflow) WHERE workflow IS NOT NULL;
CREATE INDEX jobs_pointers ON jobs (workflow) WHERE workflow IS NOT NULL AND same_as IS NOT NULL;

-- What starts nothing new. `kind` is core/store/store.hpp's; `what` is an id, a host or a backend.
CREATE TABLE paused (
  kind INTEGER NOT NULL, what NOT NULL, since INTEGER NOT NULL, PRIMARY KEY (kind, what))
  WITHOUT ROWID;

-- When the newest attempt was first seen to run, by our clock.
ALTER TABLE progress ADD COLUMN running_since INTEGER;
)sql",
};

}  // namespace

int schema_version() { return static_cast<int>(std::size(steps)); }

void migrate(Connection& db) {
  for (;;) {
    db.begin_immediate();
    try {
      const auto version = db.number("PRAGMA user_version");
      if (version >= schema_version()) {
        db.rollback();
        return;
      }
      db.execute(steps[version]);
      db.execute("PRAGMA user_version = " + std::to_string(version + 1));
      db.execute("PRAGMA application_id = " + std::to_string(application_id));
      db.commit();
    } catch (const SqliteFailure&) {
      db.rollback();
      throw;
    }
  }
}

}  // namespace ketrew::store
