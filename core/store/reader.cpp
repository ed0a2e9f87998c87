#include "core/store/reader.hpp"

#include "core/base/text.hpp"
#include "core/store/answer.hpp"
#include "core/store/repeat.hpp"
#include "core/store/rows.hpp"
#include "core/store/selection.hpp"

namespace ketrew::store {
namespace {

std::string number_text(JobKey key) { return "job number " + std::to_string(key); }

}  // namespace

Result<JobKey> SqliteReader::resolve(const std::string& id_or_prefix) {
  return resolve(Sql::ids_between, "job", id_or_prefix);
}

Result<JobKey> SqliteReader::resolve(Sql between, const char* what,
                                     const std::string& id_or_prefix) {
  const std::string a = std::string(what);
  return answer("look up an id", [&]() -> Result<JobKey> {
    const std::string shown = one_line(id_or_prefix, 60);
    const auto prefix = parse_id_prefix(id_or_prefix);
    if (!prefix)
      return fail(ErrorKind::not_found,
                  "no " + a + " \"" + shown + "\": that is not the beginning of an id");
    std::string end = *prefix;
    ++end.back();  // the alphabet is ASCII: nothing wraps
    Query query = db_.query(between);
    query.text(*prefix).text(end);
    std::vector<std::string> ids;
    JobKey key = 0;
    while (query.step()) {
      if (ids.empty()) key = query.number_at(0);
      ids.push_back(query.bytes_at(1));
    }
    if (ids.empty()) return fail(ErrorKind::not_found, "no " + a + " \"" + shown + "\"");
    if (ids.size() == 1) return key;
    std::string some = join(std::span(ids).first(std::min<std::size_t>(ids.size(), 5)), ", ");
    if (ids.size() > 5) some += ", ...";
    return fail(ErrorKind::ambiguous, "more than one " + a + " begins with \"" + shown + "\"",
                "some: " + some);
  });
}

Result<JobRecord> SqliteReader::job(JobKey key) {
  return answer("read a job", [&]() -> Result<JobRecord> {
    Query query = db_.query(Sql::job);
    if (!query.number(key).step()) return fail(ErrorKind::not_found, "no " + number_text(key));
    try {
      JobRecord record;
      record.key = query.number_at(0);
      record.id = id_at(query, 1);
      record.submitted_at = from_unix_milliseconds(query.number_at(2));
      record.progress = progress_at(query, 4);
      auto spec = spec_of(query.bytes_at(3));
      if (!spec) throw Unreadable{spec.error().what};
      record.spec = std::move(*spec);
      record.workflow = query.number_or_null_at(4 + progress_columns).value_or(0);
      record.node = query.bytes_at(5 + progress_columns);
      if (record.workflow != 0) {
        record.workflow_id = id_at(query, 6 + progress_columns);
        record.workflow_name = query.bytes_at(7 + progress_columns);
      }
      return record;
    } catch (const Unreadable& unreadable) {
      return fail(ErrorKind::corrupt, number_text(key) + " cannot be read: " + unreadable.problem);
    }
  });
}

// Rows that cannot be read take no place: a page of them must not look like the end.
template <class T>
Result<std::vector<T>> SqliteReader::gather(const Selection& selection,
                                            Result<T> (SqliteReader::*read)(JobKey)) {
  return answer("list jobs", [&]() -> Result<std::vector<T>> {
    std::vector<T> rows;
    Selection rest = selection;
    for (bool more = true; more;) {
      rest.limit = selection.limit - rows.size();
      const auto keys = select_keys(db_, rest);
      more = !keys.empty() && keys.size() == rest.limit;
      for (const JobKey key : keys) {
        auto row = (this->*read)(key);
        if (row) {
          rows.push_back(std::move(*row));
        } else if (const auto kind = row.error().kind;
                   kind == ErrorKind::corrupt || kind == ErrorKind::not_found) {
          unreadable_.push_back({key, row.error().what});  // not_found: half of it is missing
        } else {
          return pass(row.error());
        }
        rest.before = key;
      }
    }
    return rows;
  });
}

Result<std::vector<JobRecord>> SqliteReader::list(const Selection& selection) {
  return gather(selection, &SqliteReader::job);
}

Result<std::vector<Brief>> SqliteReader::list_brief(const Selection& selection) {
  return gather(selection, &SqliteReader::brief);
}

Result<Brief> SqliteReader::brief(JobKey key) {
  return answer("read a job", [&]() -> Result<Brief> {
    Query query = db_.query(Sql::end_of);
    if (!query.number(key).step()) return fail(ErrorKind::not_found, "no " + number_text(key));
    const JobEnd end = end_at(query, 0);
    return Brief{key, end.id, end.state, end.asked_for, (query.number_at(1) & progress_flag::orphan) != 0};
  });
}

Result<std::string> SqliteReader::spec_text(JobKey key) {
  return answer("read a job", [&]() -> Result<std::string> {
    Query query = db_.query(Sql::spec);
    if (!query.number(key).step()) return fail(ErrorKind::not_found, "no " + number_text(key));
    return query.bytes_at(0);
  });
}

Result<std::vector<HistoryEntry>> SqliteReader::history(JobKey key) {
  return answer("read a job's history", [&]() -> Result<std::vector<HistoryEntry>> {
    std::vector<HistoryEntry> entries;
    std::int64_t sequence = 0;
    {
      Query query = db_.query(Sql::standing);
      if (!query.number(key).step()) return fail(ErrorKind::not_found, "no " + number_text(key));
      sequence = query.number_at(1);
    }
    // Backwards along the chain; it ends where an entry is not what it should be.
    while (sequence > 0) {
      Query query = db_.query(Sql::event);
      try {
        if (!query.number(sequence).step()) throw Unreadable{"an entry is missing"};
        const auto previous = query.number_at(history_previous_column);
        if (query.number_at(1) != key || previous >= sequence)
          throw Unreadable{"its chain is broken"};
        const auto at = std::exchange(sequence, previous);
        try {
          entries.push_back(history_at(query));
        } catch (const Unreadable& unreadable) {
          unreadable_.push_back(
              {key, "entry " + std::to_string(at) + " of its history: " + unreadable.problem});
        }
      } catch (const Unreadable& unreadable) {
        unreadable_.push_back(
            {key, "its history before " + std::to_string(sequence) + ": " + unreadable.problem});
        break;
      }
    }
    std::reverse(entries.begin(), entries.end());
    return entries;
  });
}

Result<std::vector<HistoryEntry>> SqliteReader::events_after(std::int64_t sequence,
                                                             std::size_t limit) {
  return answer("read events", [&]() -> Result<std::vector<HistoryEntry>> {
    std::vector<HistoryEntry> entries;
    // Rows that cannot be read do not count: a page of them must not look like the end.
    Query query = db_.query(Sql::events);
    query.number(sequence).number(-1);
    while (entries.size() < limit && query.step()) {
      try {
        entries.push_back(history_at(query));
        entries.back().id = id_at(query, history_id_column);
      } catch (const Unreadable& unreadable) {
        unreadable_.push_back({0, "a row of the history: " + unreadable.problem});
      }
    }
    return entries;
  });
}

Result<Totals> SqliteReader::totals() {
  return answer("read the totals", [&]() -> Result<Totals> {
    Totals totals{};
    Query query = db_.query(Sql::totals);
    while (query.step()) totals[static_cast<std::size_t>(state_at(query, 0))] = query.number_at(1);
    return totals;
  });
}

Result<std::vector<std::string>> SqliteReader::hosts() {
  return answer("list the hosts", [&]() -> Result<std::vector<std::string>> {
    // The words of backends are there too, and cannot be hosts.
    Query query = db_.prepare("SELECT text FROM words WHERE text LIKE '/%' OR text LIKE 'ssh://%'");
    std::vector<std::string> hosts;
    while (query.step()) hosts.push_back(query.bytes_at(0));
    return hosts;
  });
}

Result<std::vector<JobId>> SqliteReader::restarts_of(const JobId& id) {
  return answer("look up restarts", [&]() -> Result<std::vector<JobId>> {
    const std::string text = id.text();
    Query query = db_.query(Sql::restarts);
    query.text(text);
    std::vector<JobId> ids;
    while (query.step()) ids.push_back(id_at(query, 0));
    return ids;
  });
}

Result<std::optional<JobId>> SqliteReader::restart_of(const JobId& id) {
  return answer("look up a restart", [&]() -> Result<std::optional<JobId>> {
    const std::string text = id.text();
    Query query = db_.query(Sql::restart_of);
    if (!query.text(text).step()) return fail(ErrorKind::not_found, "no job " + text);
    if (query.is_null(0)) return std::optional<JobId>();
    return id_at(query, 0);
  });
}

Result<std::optional<Accepted>> SqliteReader::repeat_of(const std::string& idempotency_key,
                                                        const std::string& fingerprint) {
  return answer("look up a request", [&]() -> Result<std::optional<Accepted>> {
    auto known = find_repeat(db_, idempotency_key, fingerprint);
    if (!known) return std::optional<Accepted>();
    if (!*known) return pass(known->error());
    return std::move(**known);
  });
}

}  // namespace ketrew::store
