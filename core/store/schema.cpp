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

-- What changes of a job, and what it is looked up by. A name that is not UTF-8 is a blob.
CREATE TABLE jobs (
  key INTEGER PRIMARY KEY, id TEXT NOT NULL, name, backend INTEGER NOT NULL, host INTEGER NOT NULL,
  has_condition INTEGER NOT NULL, retries TEXT, restart_of TEXT, submitted_at INTEGER NOT NULL,
  is_open INTEGER NOT NULL,
  state INTEGER NOT NULL, attempt INTEGER NOT NULL, flags INTEGER NOT NULL, failures TEXT,
  backend_state, phase, reason, message, exit_code INTEGER, signal INTEGER, failure INTEGER,
  evidence_command, evidence_code INTEGER, evidence_words, usage TEXT,
  started_at INTEGER, ended_at INTEGER, noticed_at INTEGER);
CREATE UNIQUE INDEX jobs_id ON jobs (id);
CREATE INDEX jobs_open ON jobs (key) WHERE is_open = 1;
CREATE INDEX jobs_ended ON jobs (state) WHERE state > 9;
CREATE INDEX jobs_noticed ON jobs (noticed_at) WHERE noticed_at IS NOT NULL;
CREATE INDEX jobs_name ON jobs (name) WHERE name IS NOT NULL;
CREATE INDEX jobs_backend ON jobs (backend);
CREATE INDEX jobs_restart_of ON jobs (restart_of) WHERE restart_of IS NOT NULL;

-- What was asked for, as JSON; apart from the rest because it never changes and can be large.
CREATE TABLE specs (key INTEGER PRIMARY KEY, spec TEXT NOT NULL);

CREATE TABLE tags (job INTEGER NOT NULL, tag NOT NULL, PRIMARY KEY (job, tag)) WITHOUT ROWID;
CREATE INDEX tags_tag ON tags (tag, job);

CREATE TABLE history (
  sequence INTEGER PRIMARY KEY, job INTEGER NOT NULL, at INTEGER NOT NULL,
  from_state INTEGER NOT NULL, to_state INTEGER NOT NULL, attempt INTEGER NOT NULL, reason,
  evidence_command, evidence_code INTEGER, evidence_words);
CREATE INDEX history_job ON history (job);

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
  FROM jobs LEFT JOIN specs ON specs.key = jobs.key LEFT JOIN words b ON b.number = jobs.backend
  LEFT JOIN words h ON h.number = jobs.host;
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
