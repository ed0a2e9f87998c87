// Taking a database over: what it had, read once, and the connection that writes from then on.
#pragma once

#include <memory>
#include <vector>

#include "core/store/group.hpp"

namespace ketrew::store {

// What is known of the database once it is open.
struct Opened {
  std::unique_ptr<Connection> writer;
  std::int64_t epoch = 0;
  JobKey last_key = 0;
  JobId last_id;
  std::int64_t last_sequence = 0;
  std::vector<Unfinished> unfinished;
  std::vector<OpenEdge> edges;
  std::vector<Pause> pauses;
  std::vector<UnreadableRow> unreadable;
  GroupCommit::OpenJobs open_jobs;
};

// Makes the database if there is none, migrates it, and takes a new owner epoch. Whether it may be
// opened at all has been judged (examine.hpp). Throws SqliteFailure, or Unreadable.
Opened take_over(const std::string& path, Milliseconds busy_patience);

// What `take_over` finds in `pauses`; in the writer's transaction. Throws SqliteFailure.
void write_pauses(Connection& db, const std::vector<Pause>& what, bool paused, Wall at);

}  // namespace ketrew::store
