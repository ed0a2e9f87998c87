// Answers about edges, pointers and workflows.
#include <limits>

#include "core/store/answer.hpp"
#include "core/store/reader.hpp"
#include "core/store/rows.hpp"

namespace ketrew::store {
namespace {

WorkflowRecord workflow_at(const Query& query) {
  WorkflowRecord record;
  record.key = query.number_at(0);
  record.id = id_at(query, 1);
  record.name = query.bytes_at(2);
  record.file = query.bytes_at(3);
  record.submitted_at = from_unix_milliseconds(query.number_at(4));
  return record;
}

}  // namespace

Result<std::vector<Pointer>> SqliteReader::pointers_to(JobKey key, std::size_t limit) {
  return answer("look up pointers", [&]() -> Result<std::vector<Pointer>> {
    std::vector<Pointer> pointers;
    Query query = db_.query(Sql::pointers_to);
    query.number(key).number(static_cast<std::int64_t>(limit));
    while (query.step())
      pointers.push_back({query.number_at(0), id_at(query, 1), query.number_or_null_at(2).value_or(0),
                          query.bytes_at(3), !query.is_null(4)});
    return pointers;
  });
}

Result<JobEnd> SqliteReader::standing(JobKey key) {
  return answer("read a job's state", [&]() -> Result<JobEnd> {
    Query query = db_.query(Sql::end_of);
    if (!query.number(key).step())
      return fail(ErrorKind::not_found, "no job number " + std::to_string(key));
    return end_at(query, 0);
  });
}

Result<Sketch> SqliteReader::sketch(JobKey key) {
  return answer("read a job", [&]() -> Result<Sketch> {
    Query query = db_.query(Sql::sketch);
    if (!query.number(key).step())
      return fail(ErrorKind::not_found, "no job number " + std::to_string(key));
    Sketch sketch{id_at(query, 0), state_at(query, 1), query.bytes_at(2)};
    if (sketch.name.empty()) sketch.name = query.bytes_at(3);
    return sketch;
  });
}

Result<std::vector<Edge>> SqliteReader::edges_to(JobKey key, std::size_t limit) {
  return answer("read edges", [&]() -> Result<std::vector<Edge>> {
    std::vector<Edge> edges;
    Query query = db_.query(Sql::edges_to);
    query.number(key).number(static_cast<std::int64_t>(limit));
    while (query.step()) edges.push_back({query.number_at(0), key, edge_kind_at(query, 1)});
    return edges;
  });
}

Result<std::vector<Edge>> SqliteReader::edges_from(JobKey key, std::size_t limit) {
  return answer("read edges", [&]() -> Result<std::vector<Edge>> {
    std::vector<Edge> edges;
    Query query = db_.query(Sql::edges_from);
    query.number(key).number(static_cast<std::int64_t>(limit));
    while (query.step()) edges.push_back({key, query.number_at(0), edge_kind_at(query, 1)});
    return edges;
  });
}

Result<JobKey> SqliteReader::resolve_workflow(const std::string& name_or_id) {
  const auto named = answer("look up a workflow", [&]() -> Result<JobKey> {
    Query query = db_.query(Sql::workflow_named);
    query.bytes(name_or_id);
    return query.step() ? query.number_or_null_at(0).value_or(0) : 0;
  });
  if (!named || *named != 0) return named;
  return resolve(Sql::workflows_between, "workflow", name_or_id);
}

Result<WorkflowRecord> SqliteReader::workflow(JobKey key) {
  return answer("read a workflow", [&]() -> Result<WorkflowRecord> {
    Query query = db_.query(Sql::workflow);
    if (!query.number(key).step())
      return fail(ErrorKind::not_found, "no workflow number " + std::to_string(key));
    return workflow_at(query);
  });
}

Result<JobId> SqliteReader::workflow_of(const JobId& job) {
  return answer("look up a job's workflow", [&]() -> Result<JobId> {
    const std::string text = job.text();
    Query query = db_.query(Sql::workflow_of);
    if (!query.text(text).step())
      return fail(ErrorKind::not_found, "job " + text + " is in no workflow");
    return id_at(query, 0);
  });
}

Result<std::vector<WorkflowRecord>> SqliteReader::workflows(JobKey before, std::size_t limit) {
  return answer("list workflows", [&]() -> Result<std::vector<WorkflowRecord>> {
    std::vector<WorkflowRecord> records;
    Query query = db_.query(Sql::workflows);
    query.number(before > 0 ? before : std::numeric_limits<JobKey>::max());
    query.number(static_cast<std::int64_t>(limit));
    while (query.step()) records.push_back(workflow_at(query));
    return records;
  });
}

Result<WorkflowTotals> SqliteReader::workflow_totals(JobKey workflow) {
  return answer("read a workflow's totals", [&]() -> Result<WorkflowTotals> {
    WorkflowTotals totals;
    const auto count = [&](Query& query) {
      while (query.step()) {
        if (query.number_at(0) == never_needed) totals.never_needed += query.number_at(1);
        else totals.states[static_cast<std::size_t>(state_at(query, 0))] += query.number_at(1);
      }
    };
    Query own = db_.query(Sql::workflow_totals);
    count(own.number(workflow));
    Query pointers = db_.query(Sql::workflow_pointers);
    pointers.number(static_cast<std::int64_t>(State::killed)).number(progress_flag::never_asked_for);
    count(pointers.number(workflow));
    return totals;
  });
}

Result<std::vector<JobKey>> SqliteReader::newest_failed(JobKey workflow) {
  return answer("list a workflow's failed jobs", [&]() -> Result<std::vector<JobKey>> {
    std::vector<JobKey> keys;
    Query query = db_.query(Sql::newest_failed);
    query.number(workflow).number(static_cast<std::int64_t>(State::already_done));
    query.number(static_cast<std::int64_t>(State::killed)).number(progress_flag::never_asked_for);
    while (query.step()) keys.push_back(query.number_at(0));
    return keys;
  });
}

Result<std::vector<JobKey>> SqliteReader::workflow_jobs(JobKey workflow) {
  return answer("list a workflow's jobs", [&]() -> Result<std::vector<JobKey>> {
    std::vector<JobKey> keys;
    Query query = db_.query(Sql::workflow_jobs);
    query.number(workflow);
    while (query.step()) keys.push_back(query.number_at(0));
    return keys;
  });
}

}  // namespace ketrew::store
